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
  std::size_t with_environment = 0;
  for (const auto& text : generated_targets(200'000)) {
    const auto flag = recognise_flag_target(text);
    if (!flag) continue;
    ++recognised;
    with_environment += flag->environment ? 1 : 0;
    const auto target = parse_any_target(text);
    ASSERT_TRUE(target) << text;
    const auto match = match_route("GET", target->segments);
    ASSERT_EQ(match.kind, RouteMatch::Kind::found) << text;
    ASSERT_EQ(match.route, Route::get_flag) << text;
    ASSERT_EQ(match.parameter, flag->key) << text;
    ASSERT_EQ(target->parameter("environment"), flag->environment) << text;
  }
  EXPECT_GT(recognised, 1'000U);
  EXPECT_GT(with_environment, 100U);
}

TEST(FlagTarget, IsOnlyTheReadOfOneFlag) {
  const auto flag = recognise_flag_target("/api/config/flags/new.search?environment=staging");
  ASSERT_TRUE(flag);
  EXPECT_EQ(flag->key, "new.search");
  EXPECT_EQ(flag->environment, "staging");
  EXPECT_EQ(recognise_flag_target("/api/config/flags/a")->environment, std::nullopt);
  for (const auto* text :
       {"", "/livez", "/api/config/flags", "/api/config/flags/a/evaluation",
        "/api/config/flags/a?userId=u", "/api/config/flags/a?environment=b&environment=c",
        "/api/config/flags/a?environment=%41", "/api/config/flags/%61", "/api/admin/flags/a",
        "/API/config/flags/a", "/api/config/flags/a/", "/api/config/flags/a?"}) {
    EXPECT_FALSE(recognise_flag_target(text)) << text;
  }
}

}  // namespace
}  // namespace hearth::adapters::http
