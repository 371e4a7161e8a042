// What is recognised as the read of a flag leads there by the complete parser and the router too: a
// differential test.
#include <gtest/gtest.h>

#include "adapters/http/flag_target.hpp"
#include "adapters/http/router.hpp"
#include "adapters/http/target.hpp"
#include "unit/generated_targets.hpp"

namespace hearth::adapters::http {
namespace {

using test_support::generated_targets;

TEST(FlagTarget, IsWhatParserAndRouterGive) {
  std::size_t recognised = 0;
  std::size_t evaluations = 0;
  std::size_t with_environment = 0;
  std::size_t with_user = 0;
  for (const auto& text : generated_targets(300'000)) {
    const auto flag = recognise_flag_target(text);
    if (!flag) continue;
    ++recognised;
    evaluations += flag->evaluates ? 1 : 0;
    with_environment += flag->environment ? 1 : 0;
    with_user += flag->user_id ? 1 : 0;
    const auto target = parse_any_target(text);
    ASSERT_TRUE(target) << text;
    const auto match = match_route("GET", target->segments);
    ASSERT_EQ(match.kind, RouteMatch::Kind::found) << text;
    ASSERT_EQ(match.route, flag->evaluates ? Route::evaluate_flag : Route::get_flag) << text;
    ASSERT_EQ(match.parameter, flag->key) << text;
    ASSERT_EQ(target->parameter("environment"), flag->environment) << text;
    ASSERT_EQ(target->parameter("userId"), flag->user_id) << text;
  }
  EXPECT_GT(recognised, 1'000U);
  EXPECT_GT(evaluations, 100U);
  EXPECT_GT(with_environment, 100U);
  EXPECT_GT(with_user, 100U);
}

TEST(FlagTarget, IsTheReadOfOneFlagOrItsEvaluation) {
  const auto flag = recognise_flag_target("/api/config/flags/new.search?environment=staging");
  ASSERT_TRUE(flag);
  EXPECT_EQ(flag->key, "new.search");
  EXPECT_FALSE(flag->evaluates);
  EXPECT_EQ(flag->environment, "staging");
  EXPECT_EQ(flag->user_id, std::nullopt);
  EXPECT_EQ(recognise_flag_target("/api/config/flags/a")->environment, std::nullopt);
  const auto evaluation =
      recognise_flag_target("/api/config/flags/a/evaluation?userId=u-1&environment=staging");
  ASSERT_TRUE(evaluation);
  EXPECT_EQ(evaluation->key, "a");
  EXPECT_TRUE(evaluation->evaluates);
  EXPECT_EQ(evaluation->environment, "staging");
  EXPECT_EQ(evaluation->user_id, "u-1");
  EXPECT_EQ(recognise_flag_target("/api/config/flags/a/evaluation?userId=")->user_id, "");
}

TEST(FlagTarget, IsNothingElse) {
  for (const auto* text :
       {"", "/livez", "/api/config/flags", "/api/config/flags/a/evaluations",
        "/api/config/flags/a/evaluation/", "/api/config/flags/a?user=u",
        "/api/config/flags/a?environment=b&environment=c", "/api/config/flags/a?userId=b&userId=c",
        "/api/config/flags/a?environment=%41", "/api/config/flags/a?userId=a+b",
        "/api/config/flags/%61", "/api/admin/flags/a", "/API/config/flags/a",
        "/api/config/flags/a/", "/api/config/flags/a?", "/api/config/flags/a?userId=b&",
        "/api/config/flags/a?&userId=b", "/api/config/flags/a&userId=b"}) {
    EXPECT_FALSE(recognise_flag_target(text)) << text;
  }
}

}  // namespace
}  // namespace hearth::adapters::http
