#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "support/hearth_process.hpp"

namespace hearth::functional {
namespace {

using test_support::run_hearth;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;

constexpr const char* november = "2026-11-22T21:26:08Z";

TEST(CliSchedule, RunsAreShownALineEach) {
  const auto shown = run_hearth({"schedule", "cron(0 18 ? * MON-FRI *)", "--from", november});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_EQ(shown.out,
            "2026-11-23T18:00:00Z\n"
            "2026-11-24T18:00:00Z\n"
            "2026-11-25T18:00:00Z\n"
            "2026-11-26T18:00:00Z\n"
            "2026-11-27T18:00:00Z\n");
  EXPECT_EQ(shown.err, "");
}

TEST(CliSchedule, RateCountsFromTheTimeGiven) {
  const auto shown =
      run_hearth({"schedule", "rate(90 minutes)", "--from", november, "--count", "2"});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_EQ(shown.out, "2026-11-22T22:56:08Z\n2026-11-23T00:26:08Z\n");
}

TEST(CliSchedule, WithoutATimeItCountsFromNow) {
  const auto now = [] {
    return std::chrono::year_month_day(
        std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
  };
  const auto year_before = static_cast<int>(now().year());
  const auto shown = run_hearth({"schedule", "cron(0 0 1 1 ? *)", "--count", "1"});
  const auto year_after = static_cast<int>(now().year());
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_THAT(shown.out, testing::AnyOf(std::to_string(year_before + 1) + "-01-01T00:00:00Z\n",
                                        std::to_string(year_after + 1) + "-01-01T00:00:00Z\n"));
}

TEST(CliSchedule, CountIsOneToAThousand) {
  const auto many = run_hearth({"schedule", "rate(1 day)", "--from", november, "--count", "1000"});
  EXPECT_EQ(many.exit_code, 0);
  EXPECT_EQ(std::ranges::count(many.out, '\n'), 1000);
  EXPECT_THAT(many.out, EndsWith("\n2029-08-18T21:26:08Z\n"));
  for (const auto* count : {"0", "1001", "-1", "x"}) {
    const auto refused = run_hearth({"schedule", "rate(1 day)", "--count", count});
    EXPECT_EQ(refused.exit_code, 2) << count;
    EXPECT_EQ(refused.out, "") << count;
    EXPECT_THAT(refused.err, HasSubstr("--count")) << count;
  }
}

TEST(CliSchedule, MistakeIsPointedAt) {
  const auto refused = run_hearth({"schedule", "cron(0 25 * * ? *)"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(refused.err,
            "hearth: at position 8: hour 25 is not in 0-23\n"
            "  cron(0 25 * * ? *)\n"
            "         ^\n");
}

TEST(CliSchedule, CaretStandsUnderItsPlaceAlsoAtTheEndAndBehindATab) {
  EXPECT_THAT(run_hearth({"schedule", "rate(1 hour"}).err,
              EndsWith("\n  rate(1 hour\n             ^\n"));
  EXPECT_THAT(run_hearth({"schedule", "rate(5\tminute)"}).err,
              EndsWith("\n  rate(5\tminute)\n        \t^\n"));
  EXPECT_THAT(run_hearth({"schedule", ""}).err, EndsWith("\n  \n  ^\n"));
}

TEST(CliSchedule, ScheduleThatNeverRunsAgainSaysSoAndIsNoMistake) {
  const auto never = run_hearth({"schedule", "cron(0 0 30 FEB ? *)", "--from", november});
  EXPECT_EQ(never.exit_code, 0);
  EXPECT_EQ(never.out, "");
  EXPECT_EQ(never.err, "hearth: the schedule has no run after 2026-11-22T21:26:08Z\n");
  const auto last = run_hearth({"schedule", "cron(0 0 1 1 ? 2027)", "--from", november});
  EXPECT_EQ(last.exit_code, 0);
  EXPECT_EQ(last.out, "2027-01-01T00:00:00Z\n");
  EXPECT_EQ(last.err, "hearth: the schedule has no run after 2027-01-01T00:00:00Z\n");
}

TEST(CliSchedule, FromIsATimeInUtc) {
  for (const auto* from :
       {"tomorrow", "2026-11-22", "2026-11-22T21:26:08", "2026-11-22T21:26:08+01:00",
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z",
        "2026-11-22T21:60:00Z", "2026-11-22T21:00:60Z", "2026-11-2xT21:00:00Z",
        "2026-11-22 21:00:00Z"}) {
    const auto refused = run_hearth({"schedule", "rate(1 day)", "--from", from});
    EXPECT_EQ(refused.exit_code, 2) << from;
    EXPECT_EQ(refused.out, "") << from;
    EXPECT_THAT(refused.err, AllOf(HasSubstr(from), HasSubstr("2026-11-22T21:00:00Z"))) << from;
  }
}

TEST(CliSchedule, ExpressionIsRequired) {
  const auto refused = run_hearth({"schedule"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("expression is required"));
}

TEST(CliSchedule, ConfigurationIsNotNeeded) {
  const auto shown =
      run_hearth({"schedule", "rate(1 day)", "--from", november, "--count", "1"},
                 {{"DATABASE_URL", "nonsense"}, {"CACHE_WARMING_SCHEDULE", "nonsense"}});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_EQ(shown.out, "2026-11-23T21:26:08Z\n");
}

TEST(CliSchedule, ServerDoesNotStartWithAWrongSchedule) {
  const auto refused = run_hearth(
      {"serve"}, {{"CACHE_WARMING_SCHEDULE", "cron(0 25 * * ? *)"}, {"PORT", "nonsense"}});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("CACHE_WARMING_SCHEDULE: cron(0 25 * * ? *): at position 8: hour 25 "
                              "is not in 0-23\n"),
                    HasSubstr("PORT is a whole number")));
}

}  // namespace
}  // namespace hearth::functional
