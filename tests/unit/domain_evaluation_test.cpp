#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "domain/evaluation.hpp"
#include "support/flags.hpp"

namespace hearth::domain {
namespace {

Flag flag_with(bool enabled, int rollout_percentage, std::string_view key = "edge") {
  auto flag = test_support::sample_flag(key);
  flag.enabled = enabled;
  flag.rollout_percentage = rollout_percentage;
  return flag;
}

// The golden vectors of domain_bucketing_test.cpp: buckets 0, 49, 50 and 99 of flag `edge`.
constexpr std::string_view user_of_bucket_0 = "user-81";
constexpr std::string_view user_of_bucket_49 = "user-4";
constexpr std::string_view user_of_bucket_50 = "user-66";
constexpr std::string_view user_of_bucket_99 = "user-107";

TEST(Evaluation, DisabledFlagIsFalseForEverybody) {
  for (const int percentage : {0, 1, 50, 99, 100}) {
    EXPECT_EQ(evaluate(flag_with(false, percentage), std::nullopt),
              (Evaluation{false, Reason::disabled}));
    EXPECT_EQ(evaluate(flag_with(false, percentage), user_of_bucket_0),
              (Evaluation{false, Reason::disabled}));
  }
}

TEST(Evaluation, FullRolloutIsTrueForEverybody) {
  EXPECT_EQ(evaluate(flag_with(true, 100), std::nullopt), (Evaluation{true, Reason::static_value}));
  EXPECT_EQ(evaluate(flag_with(true, 100), user_of_bucket_99),
            (Evaluation{true, Reason::static_value}));
}

TEST(Evaluation, NoRolloutIsFalseForEverybody) {
  EXPECT_EQ(evaluate(flag_with(true, 0), std::nullopt), (Evaluation{false, Reason::static_value}));
  EXPECT_EQ(evaluate(flag_with(true, 0), user_of_bucket_0),
            (Evaluation{false, Reason::static_value}));
}

TEST(Evaluation, PartialRolloutWithoutUserIsTrue) {
  for (const int percentage : {1, 50, 99}) {
    EXPECT_EQ(evaluate(flag_with(true, percentage), std::nullopt),
              (Evaluation{true, Reason::static_value}));
  }
}

TEST(Evaluation, BucketBelowPercentageIsTrue) {
  EXPECT_EQ(evaluate(flag_with(true, 1), user_of_bucket_0), (Evaluation{true, Reason::split}));
  EXPECT_EQ(evaluate(flag_with(true, 50), user_of_bucket_49), (Evaluation{true, Reason::split}));
}

TEST(Evaluation, BucketAtPercentageOrAboveIsFalse) {
  EXPECT_EQ(evaluate(flag_with(true, 50), user_of_bucket_50), (Evaluation{false, Reason::split}));
  EXPECT_EQ(evaluate(flag_with(true, 49), user_of_bucket_49), (Evaluation{false, Reason::split}));
  EXPECT_EQ(evaluate(flag_with(true, 99), user_of_bucket_99), (Evaluation{false, Reason::split}));
}

TEST(Evaluation, EmptyUserIsAUser) {
  // Bucket 75 of flag `new-checkout`.
  EXPECT_EQ(evaluate(flag_with(true, 75, "new-checkout"), ""), (Evaluation{false, Reason::split}));
  EXPECT_EQ(evaluate(flag_with(true, 76, "new-checkout"), ""), (Evaluation{true, Reason::split}));
}

TEST(Evaluation, ShareOfUsersIsThePercentage) {
  for (const int percentage : {1, 10, 25, 50, 90}) {
    const auto flag = flag_with(true, percentage, "rollout");
    int on = 0;
    for (int user = 0; user < 10'000; ++user) {
      on += evaluate(flag, "user-" + std::to_string(user)).value;
    }
    EXPECT_NEAR(on / 100.0, percentage, 1.5);
  }
}

TEST(Evaluation, WhoIsInStaysInAsRolloutGrows) {
  for (int user = 0; user < 200; ++user) {
    const auto id = "user-" + std::to_string(user);
    bool was_in = false;
    for (int percentage = 0; percentage <= 100; ++percentage) {
      const bool is_in = evaluate(flag_with(true, percentage), id).value;
      ASSERT_TRUE(is_in || !was_in) << id << " leaves at " << percentage;
      was_in = is_in;
    }
    ASSERT_TRUE(was_in);
  }
}

TEST(Evaluation, NamesAreOpenFeatures) {
  EXPECT_EQ(name_of(Reason::disabled), "DISABLED");
  EXPECT_EQ(name_of(Reason::static_value), "STATIC");
  EXPECT_EQ(name_of(Reason::split), "SPLIT");
  EXPECT_EQ(variant_of({true, Reason::split}), "on");
  EXPECT_EQ(variant_of({false, Reason::split}), "off");
}

}  // namespace
}  // namespace hearth::domain
