// What is taken apart without decoding is what Boost.URL makes of it: a differential test.
#include <gtest/gtest.h>

#include "adapters/http/plain_target.hpp"
#include "unit/generated_targets.hpp"

namespace hearth::adapters::http {
namespace {

using test_support::generated_targets;

TEST(PlainTarget, IsWhatTheCompleteParserGives) {
  std::size_t plain_ones = 0;
  std::size_t with_parameters = 0;
  for (const auto& text : generated_targets(200'000)) {
    const auto plain = parse_plain_target(text);
    const auto any = parse_any_target(text);
    const auto either = parse_target(text);
    ASSERT_EQ(either.has_value(), any.has_value()) << text;
    if (plain) {
      ASSERT_TRUE(any) << text;
      ASSERT_EQ(plain->segments, any->segments) << text;
      ASSERT_EQ(plain->parameters, any->parameters) << text;
      ++plain_ones;
      with_parameters += plain->parameters.empty() ? 0 : 1;
    }
    if (!any) continue;
    ASSERT_EQ(either->segments, any->segments) << text;
    ASSERT_EQ(either->parameters, any->parameters) << text;
  }
  // The comparison says something only if there was something to compare.
  EXPECT_GT(plain_ones, 5'000U);
  EXPECT_GT(with_parameters, 50U);
}

TEST(PlainTarget, IsRecognisedInTheUsualForms) {
  for (const auto* text :
       {"/livez", "/api/config/flags", "/api/config/flags/new.search_2-b~",
        "/api/config/flags/a?environment=staging", "/api/config/flags/a/evaluation?userId=u-1",
        "/api/config/flags?userId=u&environment=staging"}) {
    EXPECT_TRUE(parse_plain_target(text)) << text;
  }
}

TEST(PlainTarget, IsNotWhatNeedsDecodingOrJudgement) {
  for (const auto* text :
       {"",           "/",       "//",          "livez",    "/a/",      "/a//b",
        "/a%41",      "/a+b",    "/a?",         "/a?x",     "/a?x=",    "/a?=x",
        "/a?x=1&",    "/a?&x=1", "/a?x=1&&y=2", "/a?x=a+b", "/a?x=%41", "/a?x=1=2",
        "/a?x=1?y=2", "/a#b",    "/a b",        "/a:b",     "/\xc3\xa9"}) {
    EXPECT_FALSE(parse_plain_target(text)) << text;
  }
}

}  // namespace
}  // namespace hearth::adapters::http
