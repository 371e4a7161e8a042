#include <gtest/gtest.h>

#include <algorithm>

#include "application/warming_decisions.hpp"
#include "support/flags.hpp"

namespace hearth::application {
namespace {

using domain::Timestamp;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t cache_time = 1'000'000'000;
constexpr milliseconds ttl{300'000};
constexpr milliseconds refresh_after{100'000};

WarmMarker marker_from(milliseconds ago, std::string run_id = "run-1") {
  WarmMarker marker;
  marker.run_id = std::move(run_id);
  marker.began_at_ms = cache_time - ago.count();
  return marker;
}

WarmingState state_with(std::optional<WarmMarker> marker, bool locked = false) {
  return {cache_time, std::move(marker), "identity", locked};
}

TEST(FullJitter, StaysWithinItsBoundAndReachesBothEnds) {
  EXPECT_EQ(full_jitter(milliseconds(10), 0), milliseconds(0));
  EXPECT_EQ(full_jitter(milliseconds(10), 10), milliseconds(10));
  EXPECT_EQ(full_jitter(milliseconds(10), 11), milliseconds(0));
  EXPECT_EQ(full_jitter(milliseconds(0), 123), milliseconds(0));
  EXPECT_EQ(full_jitter(milliseconds(-5), 123), milliseconds(0));
}

TEST(AgeOfMarker, IsUnknownWithoutAMarkerOrWithATimeAhead) {
  EXPECT_EQ(age_of_marker(state_with(std::nullopt)), std::nullopt);
  EXPECT_EQ(age_of_marker(state_with(marker_from(milliseconds(-1)))), std::nullopt);
  EXPECT_EQ(age_of_marker(state_with(marker_from(milliseconds(0)))), milliseconds(0));
  EXPECT_EQ(age_of_marker(state_with(marker_from(seconds(7)))), seconds(7));
}

TEST(ColdStart, YoungMarkerIsEnough) {
  for (const auto coverage : {std::optional<double>(), std::optional(1.0), std::optional(0.75)}) {
    EXPECT_EQ(
        decide_cold_start(state_with(marker_from(ttl - milliseconds(1))), coverage, ttl, false),
        ColdStartStep::served);
  }
  EXPECT_EQ(decide_cold_start(state_with(marker_from(seconds(1)), true), 1.0, ttl, true),
            ColdStartStep::served)
      << "whatever else goes on";
}

TEST(ColdStart, MarkerWhoseEntriesCannotOrDoNotLiveIsNotBelieved) {
  EXPECT_EQ(decide_cold_start(state_with(marker_from(ttl)), 1.0, ttl, false), ColdStartStep::run);
  EXPECT_EQ(decide_cold_start(state_with(marker_from(milliseconds(-1))), 1.0, ttl, false),
            ColdStartStep::run);
  EXPECT_EQ(decide_cold_start(state_with(marker_from(seconds(1))), 0.74, ttl, false),
            ColdStartStep::run);
}

TEST(ColdStart, FreeLockElectsAndHeldLockWaits) {
  EXPECT_EQ(decide_cold_start(state_with(std::nullopt, false), std::nullopt, ttl, false),
            ColdStartStep::run);
  EXPECT_EQ(decide_cold_start(state_with(std::nullopt, true), std::nullopt, ttl, false),
            ColdStartStep::wait);
}

TEST(ColdStart, GivesUpWhenTheTimeIsUpWithoutARunOfItsOwn) {
  for (const bool locked : {false, true}) {
    EXPECT_EQ(decide_cold_start(state_with(std::nullopt, locked), std::nullopt, ttl, true),
              ColdStartStep::give_up);
  }
}

TEST(Upkeep, LeavesAYoungAndWarmCacheAlone) {
  EXPECT_EQ(decide_upkeep(state_with(marker_from(seconds(5))), 1.0, refresh_after),
            UpkeepStep::nothing);
  EXPECT_EQ(decide_upkeep(state_with(marker_from(seconds(5))), std::nullopt, refresh_after),
            UpkeepStep::nothing);
}

TEST(Upkeep, RefreshesFromTheAgeOn) {
  const auto just_before = refresh_after - milliseconds(1);
  EXPECT_EQ(decide_upkeep(state_with(marker_from(just_before)), 1.0, refresh_after),
            UpkeepStep::nothing);
  EXPECT_EQ(decide_upkeep(state_with(marker_from(refresh_after)), 1.0, refresh_after),
            UpkeepStep::refresh);
  EXPECT_EQ(decide_upkeep(state_with(marker_from(milliseconds(-1))), 1.0, refresh_after),
            UpkeepStep::refresh)
      << "a marker of the future proves nothing";
}

TEST(Upkeep, RecoversALostMarkerAndLostEntries) {
  EXPECT_EQ(decide_upkeep(state_with(std::nullopt), std::nullopt, refresh_after),
            UpkeepStep::recovery);
  EXPECT_EQ(decide_upkeep(state_with(marker_from(seconds(5))), 0.5, refresh_after),
            UpkeepStep::recovery);
  EXPECT_EQ(decide_upkeep(state_with(marker_from(seconds(5))), 0.9, refresh_after),
            UpkeepStep::nothing)
      << "single evictions are mended by reads";
}

TEST(Upkeep, DoesNotFillACacheThatEvictsWhatWasJustWritten) {
  const auto early = eviction_patience - milliseconds(1);
  EXPECT_EQ(decide_upkeep(state_with(marker_from(early)), 0.0, refresh_after), UpkeepStep::nothing);
  EXPECT_EQ(decide_upkeep(state_with(marker_from(eviction_patience)), 0.0, refresh_after),
            UpkeepStep::recovery);
}

TEST(Upkeep, LeavesItToWhoHoldsTheLock) {
  EXPECT_EQ(decide_upkeep(state_with(std::nullopt, true), std::nullopt, refresh_after),
            UpkeepStep::nothing);
  EXPECT_EQ(decide_upkeep(state_with(marker_from(hours(1)), true), 0.0, refresh_after),
            UpkeepStep::nothing);
}

TEST(RefreshAge, LeavesTimeForASecondTryAndIsNeverZero) {
  for (const std::uint64_t random : {0ULL, 1ULL, 17'000ULL, ~0ULL}) {
    EXPECT_GE(pick_refresh_age(ttl, random), ttl * 3 / 10);
    EXPECT_LE(pick_refresh_age(ttl, random), ttl * 4 / 10);
    EXPECT_GE(pick_refresh_age(milliseconds(1), random), milliseconds(1));
  }
  EXPECT_NE(pick_refresh_age(ttl, 1), pick_refresh_age(ttl, 2)) << "processes do not go in step";
}

TEST(Join, RunsWithTheLockAndWaitsWithout) {
  const auto first = state_with(marker_from(seconds(5)), true);
  EXPECT_EQ(decide_join(first, {true, first}), JoinStep::run);
  EXPECT_EQ(decide_join(first, {false, first}), JoinStep::wait);
  const auto nobody_ever_ran = state_with(std::nullopt, true);
  EXPECT_EQ(decide_join(nobody_ever_ran, {false, nobody_ever_ran}), JoinStep::wait);
}

TEST(Join, AnswersWithTheRunThatHasEndedSince) {
  const auto another = state_with(marker_from(seconds(0), "run-2"));
  EXPECT_EQ(decide_join(state_with(marker_from(seconds(5)), true), {false, another}),
            JoinStep::answer);
  EXPECT_EQ(decide_join(state_with(std::nullopt, true), {false, another}), JoinStep::answer);
}

TEST(Join, MarkerThatOnlyLearnedOfADeploymentIsNoNewRun) {
  const auto first = state_with(marker_from(seconds(5)), true);
  auto noted = first;
  noted.marker->deployment_id = "v2";
  noted.marker_identity = "another";
  EXPECT_EQ(decide_join(first, {false, noted}), JoinStep::wait);
}

// --- the schedule: every full hour ---

std::optional<Timestamp> next_hour(Timestamp after) {
  return std::chrono::floor<hours>(after) + hours(1);
}
constexpr Timestamp noon = std::chrono::sys_days{std::chrono::January / 1 / 2026} + hours(12);

WarmMarker scheduled_at(Timestamp time) {
  WarmMarker marker;
  marker.scheduled_for_ms = time.time_since_epoch().count();
  return marker;
}

TEST(NextDue, BeginsWithTheProcessAndGoesOnFromTheFleetsLatest) {
  const auto started = noon + minutes(20);
  EXPECT_EQ(next_due(next_hour, std::nullopt, started), noon + hours(1));
  EXPECT_EQ(next_due(next_hour, WarmMarker{}, started), noon + hours(1));
  EXPECT_EQ(next_due(next_hour, scheduled_at(noon), started), noon + hours(1));
  EXPECT_EQ(next_due(next_hour, scheduled_at(noon + hours(1)), started), noon + hours(2))
      << "somebody has done this hour";
}

TEST(NextDue, DoesNotMakeUpForTimesWhenNobodyWasThere) {
  EXPECT_EQ(next_due(next_hour, scheduled_at(noon - hours(50)), noon + minutes(20)),
            noon + hours(1));
}

TEST(NextDue, OfARateIsTheSameForAllProcesses) {
  const auto every_hour = [](Timestamp after) -> std::optional<Timestamp> {
    return after + hours(1);
  };
  const auto last = noon + minutes(7);
  for (const auto started : {noon, noon + minutes(3), noon + minutes(59)}) {
    EXPECT_EQ(next_due(every_hour, scheduled_at(last), started), last + hours(1));
  }
}

TEST(NextDue, ScheduleThatIsOverHasNone) {
  const auto never = [](Timestamp) { return std::optional<Timestamp>(); };
  EXPECT_EQ(next_due(never, std::nullopt, noon), std::nullopt);
  EXPECT_EQ(next_due(never, scheduled_at(noon), noon), std::nullopt);
}

TEST(MarkerOf, CarriesDeploymentAndScheduleOn) {
  auto before = scheduled_at(noon);
  before.deployment_id = "v1";
  before.deployment_run_id = "run-0";
  WarmReport report{.id = "run-9",
                    .trigger = WarmTrigger::refresh,
                    .environment = test_support::environment("production"),
                    .error = std::nullopt};
  report.written = 3;
  report.unchanged = 4;
  report.sample = {test_support::flag_key("a")};
  const auto marker = marker_of(report, 77, before);
  EXPECT_EQ(marker.run_id, "run-9");
  EXPECT_EQ(marker.trigger, WarmTrigger::refresh);
  EXPECT_EQ(marker.began_at_ms, 77);
  EXPECT_EQ(marker.warmed, 7U);
  EXPECT_EQ(marker.sample, report.sample);
  EXPECT_EQ(marker.deployment_id, "v1");
  EXPECT_EQ(marker.deployment_run_id, "run-0");
  EXPECT_EQ(marker.scheduled_for_ms, before.scheduled_for_ms);
  EXPECT_EQ(marker_of(report, 77, std::nullopt).deployment_id, "");
}

}  // namespace
}  // namespace hearth::application
