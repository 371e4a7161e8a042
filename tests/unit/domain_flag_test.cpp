#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "domain/flag.hpp"
#include "support/flags.hpp"

namespace hearth::domain {
namespace {

using test_support::flag_key;
using test_support::sample_flag;
using testing::HasSubstr;

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(FlagState, KeyAndVersionAreOfWhicheverItIs) {
  const FlagState flag = sample_flag("live", 3);
  const FlagState tombstone = Tombstone{flag_key("gone"), 4};
  EXPECT_EQ(key_of(flag).text(), "live");
  EXPECT_EQ(version_of(flag), 3u);
  EXPECT_EQ(key_of(tombstone).text(), "gone");
  EXPECT_EQ(version_of(tombstone), 4u);
}

TEST(RolloutPercentage, BoundsAreIncluded) {
  for (const int percentage : {0, 1, 50, 99, 100}) {
    EXPECT_TRUE(validate_rollout_percentage(percentage)) << percentage;
  }
}

TEST(RolloutPercentage, OutsideBoundsIsRefusedWithItsValue) {
  for (const std::int64_t percentage :
       {std::int64_t{-1}, std::int64_t{101}, std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max(), std::int64_t{1} << 32}) {
    const auto result = validate_rollout_percentage(percentage);
    ASSERT_FALSE(result) << percentage;
    EXPECT_EQ(result.error().code, ErrorCode::validation);
    EXPECT_THAT(result.error().message, HasSubstr("rolloutPercentage"));
    EXPECT_THAT(result.error().message, HasSubstr(std::to_string(percentage)));
  }
}

TEST(Description, LengthIsCountedInCharacters) {
  for (const std::string_view character : {"x", "é", "価", "\U0001F680"}) {
    EXPECT_TRUE(validate_description(repeated(character, 2000))) << character;
    const auto result = validate_description(repeated(character, 2001));
    ASSERT_FALSE(result) << character;
    EXPECT_EQ(result.error().code, ErrorCode::validation);
    EXPECT_THAT(result.error().message, HasSubstr("2001"));
  }
}

TEST(Description, EmptyAndControlCharactersAreAllowed) {
  EXPECT_TRUE(validate_description(""));
  EXPECT_TRUE(validate_description("line\nline\ttab\x01"));
}

TEST(Description, BrokenUtf8IsRefused) {
  const auto result = validate_description("caf\xe9");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("UTF-8"));
}

TEST(Description, NulIsRefused) {
  const auto result = validate_description(std::string_view("a\0b", 3));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("NUL"));
}

TEST(FlagDraft, EveryMemberIsChecked) {
  FlagDraft draft{
      .key = flag_key("flag"), .enabled = true, .rollout_percentage = 50, .description = "good"};
  EXPECT_TRUE(validate(draft));
  draft.rollout_percentage = 101;
  EXPECT_FALSE(validate(draft));
  draft.rollout_percentage = 100;
  draft.description = "\xff";
  EXPECT_FALSE(validate(draft));
}

TEST(FlagPatch, PatchOfNothingIsRefused) {
  const auto result = validate(FlagPatch{});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::validation);
  EXPECT_THAT(result.error().message, HasSubstr("enabled, rolloutPercentage, description"));
}

TEST(FlagPatch, OneMemberIsEnough) {
  EXPECT_TRUE(validate(FlagPatch{.enabled = false, .rollout_percentage = {}, .description = {}}));
  EXPECT_TRUE(validate(FlagPatch{.enabled = {}, .rollout_percentage = 0, .description = {}}));
  EXPECT_TRUE(validate(FlagPatch{.enabled = {}, .rollout_percentage = {}, .description = ""}));
}

TEST(FlagPatch, EveryMemberIsChecked) {
  EXPECT_FALSE(validate(FlagPatch{.enabled = true, .rollout_percentage = -1, .description = {}}));
  EXPECT_FALSE(validate(
      FlagPatch{.enabled = true, .rollout_percentage = 5, .description = std::string(2001, 'x')}));
}

TEST(ErrorCode, NamesAreDistinctAndStable) {
  EXPECT_EQ(name_of(ErrorCode::validation), "validation");
  EXPECT_EQ(name_of(ErrorCode::deadline_exceeded), "deadline_exceeded");
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    names.insert(name_of(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::internal) + 1);
}

}  // namespace
}  // namespace hearth::domain
