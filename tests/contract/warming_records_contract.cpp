#include "contract/warming_records_contract.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "support/run_task.hpp"

namespace hearth::contract {
namespace {

using application::Deadline;
using application::deadline_in;
using application::WarmingLockAttempt;
using application::WarmingLockRequest;
using application::WarmingState;
using application::WarmMarker;
using application::WarmReport;
using application::WarmTrigger;
using std::chrono::milliseconds;
using test_support::run_task;
using namespace std::chrono_literals;

Deadline soon() { return deadline_in(10s); }

WarmMarker full_marker() {
  WarmMarker marker;
  marker.run_id = "0123456789abcdef";
  marker.trigger = WarmTrigger::scheduled;
  marker.began_at_ms = 1'767'225'600'123;
  marker.warmed = 20;
  marker.sample = {test_support::flag_key("a"), test_support::flag_key("b.c-d_E")};
  marker.deployment_id = "release/2026-01-01:\"x\"";
  marker.deployment_run_id = "fedcba9876543210";
  marker.scheduled_for_ms = 1'767'225'600'000;
  return marker;
}

WarmReport full_report(std::string id, const domain::Environment& environment,
                       WarmTrigger trigger = WarmTrigger::manual) {
  WarmReport report{.id = std::move(id),
                    .trigger = trigger,
                    .environment = environment,
                    .started_at = domain::Timestamp(1'767'225'600'456ms),
                    .duration = std::chrono::nanoseconds(1'234'567),
                    .query_duration = std::chrono::nanoseconds(1'000'001),
                    .pipeline_duration = std::chrono::nanoseconds(200'002),
                    .requested = 6,
                    .written = 1,
                    .unchanged = 2,
                    .newer = 3,
                    .missing = 4,
                    .failed = 5,
                    .error = domain::Error{domain::ErrorCode::unavailable, "it was \"away\""}};
  report.sample = {test_support::flag_key("a")};
  return report;
}

std::vector<std::string> ids_of(const std::vector<WarmReport>& reports) {
  std::vector<std::string> ids;
  for (const auto& report : reports) ids.push_back(report.id);
  return ids;
}

}  // namespace

WarmingState WarmingRecordsContract::look() {
  return run_task(fixture().context(), records().look(environment_, soon())).value();
}

WarmingLockAttempt WarmingRecordsContract::acquire(std::string token,
                                                   std::optional<std::string> marker_identity,
                                                   milliseconds life) {
  WarmingLockRequest request{std::move(token), life, std::move(marker_identity)};
  return run_task(fixture().context(), records().acquire(environment_, request, soon())).value();
}

bool WarmingRecordsContract::extend(std::string token, milliseconds life) {
  return run_task(fixture().context(),
                  records().extend(environment_, std::move(token), life, soon()))
      .value();
}

bool WarmingRecordsContract::release(std::string token) {
  return run_task(fixture().context(), records().release(environment_, std::move(token), soon()))
      .value();
}

bool WarmingRecordsContract::finish(std::string token, WarmMarker marker) {
  return run_task(fixture().context(),
                  records().finish(environment_, std::move(token), std::move(marker), soon()))
      .value();
}

void WarmingRecordsContract::record(WarmReport report) {
  run_task(fixture().context(), records().record(std::move(report), soon())).value();
}

std::vector<WarmReport> WarmingRecordsContract::recent() {
  return run_task(fixture().context(), records().recent(environment_, soon())).value();
}

TEST_P(WarmingRecordsContract, BeginsWithNothing) {
  const auto state = look();
  EXPECT_FALSE(state.marker);
  EXPECT_FALSE(state.locked);
  EXPECT_GT(state.cache_time_ms, 0);
  EXPECT_TRUE(recent().empty());
}

TEST_P(WarmingRecordsContract, TimeGoesOn) {
  const auto before = look().cache_time_ms;
  fixture().let_pass(30ms);
  EXPECT_GE(look().cache_time_ms, before + 30);
}

TEST_P(WarmingRecordsContract, OneHolderAtATime) {
  const auto first = acquire("one");
  EXPECT_TRUE(first.acquired);
  EXPECT_FALSE(first.state.locked) << "just before";
  const auto second = acquire("two");
  EXPECT_FALSE(second.acquired);
  EXPECT_TRUE(second.state.locked);
  EXPECT_FALSE(acquire("one").acquired) << "not even the holder's own token again";
  EXPECT_TRUE(look().locked);
  EXPECT_TRUE(release("one"));
  EXPECT_FALSE(look().locked);
  EXPECT_TRUE(acquire("two").acquired);
}

TEST_P(WarmingRecordsContract, LockFreesItselfAfterItsLife) {
  ASSERT_TRUE(acquire("one", std::nullopt, 60ms).acquired);
  fixture().let_pass(80ms);
  EXPECT_FALSE(look().locked);
  EXPECT_TRUE(acquire("two").acquired);
}

TEST_P(WarmingRecordsContract, ExtendedLockLivesOn) {
  ASSERT_TRUE(acquire("one", std::nullopt, 100ms).acquired);
  EXPECT_TRUE(extend("one", 60s));
  fixture().let_pass(150ms);
  EXPECT_TRUE(look().locked);
}

TEST_P(WarmingRecordsContract, LockOfAnotherSurvivesWhoeverLostItsOwn) {
  ASSERT_TRUE(acquire("slow", std::nullopt, 60ms).acquired);
  fixture().let_pass(80ms);
  ASSERT_TRUE(acquire("other").acquired);
  EXPECT_FALSE(extend("slow", 60s));
  EXPECT_FALSE(release("slow"));
  EXPECT_FALSE(finish("slow", full_marker()));
  EXPECT_TRUE(look().locked);
  EXPECT_FALSE(look().marker) << "nor does it write its marker";
  EXPECT_TRUE(release("other")) << "and the other one still holds it";
}

TEST_P(WarmingRecordsContract, NobodyExtendsOrReleasesAFreeLock) {
  EXPECT_FALSE(extend("one", 60s));
  EXPECT_FALSE(release("one"));
  EXPECT_FALSE(finish("one", full_marker()));
  EXPECT_FALSE(look().locked);
  EXPECT_FALSE(look().marker);
}

TEST_P(WarmingRecordsContract, FinishWritesTheWholeMarkerAndFreesTheLock) {
  ASSERT_TRUE(acquire("one").acquired);
  EXPECT_TRUE(finish("one", full_marker()));
  const auto state = look();
  EXPECT_FALSE(state.locked);
  EXPECT_EQ(state.marker, full_marker());
}

TEST_P(WarmingRecordsContract, AcquireWithAnIdentityWantsTheMarkerThatWasSeen) {
  const auto empty = look();
  ASSERT_TRUE(acquire("one", empty.marker_identity).acquired);
  ASSERT_TRUE(finish("one", full_marker()));
  // Somebody who looked before that run ended must not run again.
  const auto late = acquire("two", empty.marker_identity);
  EXPECT_FALSE(late.acquired);
  EXPECT_EQ(late.state.marker, full_marker());
  EXPECT_FALSE(look().locked);
  EXPECT_TRUE(acquire("two", late.state.marker_identity).acquired);
  EXPECT_EQ(look().marker_identity, late.state.marker_identity) << "a lock changes no marker";
  auto next = full_marker();
  next.deployment_id = "v3";
  ASSERT_TRUE(finish("two", next));
  EXPECT_NE(look().marker_identity, late.state.marker_identity);
}

TEST_P(WarmingRecordsContract, EnvironmentsAreApart) {
  ASSERT_TRUE(acquire("one").acquired);
  ASSERT_TRUE(finish("one", full_marker()));
  ASSERT_TRUE(acquire("one").acquired);
  record(full_report("run", environment_));
  environment_ = test_support::environment("staging");
  EXPECT_FALSE(look().locked);
  EXPECT_FALSE(look().marker);
  EXPECT_TRUE(recent().empty());
  EXPECT_TRUE(acquire("two").acquired);
}

TEST_P(WarmingRecordsContract, RecordComesBackWholeApartFromItsSample) {
  const auto report = full_report("0123456789abcdef", environment_);
  record(report);
  const auto found = recent();
  ASSERT_EQ(found.size(), 1U);
  const auto& back = found.front();
  EXPECT_EQ(back.id, report.id);
  EXPECT_EQ(back.trigger, report.trigger);
  EXPECT_EQ(back.environment, report.environment);
  EXPECT_EQ(back.started_at, report.started_at);
  EXPECT_EQ(back.duration, report.duration);
  EXPECT_EQ(back.query_duration, report.query_duration);
  EXPECT_EQ(back.pipeline_duration, report.pipeline_duration);
  EXPECT_EQ(back.requested, 6U);
  EXPECT_EQ(back.written, 1U);
  EXPECT_EQ(back.unchanged, 2U);
  EXPECT_EQ(back.newer, 3U);
  EXPECT_EQ(back.missing, 4U);
  EXPECT_EQ(back.failed, 5U);
  EXPECT_EQ(back.error, report.error);
  EXPECT_TRUE(back.sample.empty());
}

TEST_P(WarmingRecordsContract, EveryTriggerAndErrorComesBack) {
  using enum WarmTrigger;
  for (const auto trigger : {cold_start, deployment, scheduled, manual, refresh, recovery}) {
    auto report = full_report(std::string(name_of(trigger)), environment_, trigger);
    report.error.reset();
    record(std::move(report));
  }
  const auto found = recent();
  EXPECT_EQ(found.size(), 6U);
  for (const auto& report : found) {
    EXPECT_EQ(report.id, name_of(report.trigger));
    EXPECT_FALSE(report.error);
  }
}

TEST_P(WarmingRecordsContract, RefreshRunsDoNotPushTheOthersOut) {
  using application::WarmingRecords;
  record(full_report("manual", environment_));
  for (std::size_t i = 0; i < WarmingRecords::most_runs + 5; ++i) {
    record(full_report("refresh-" + std::to_string(i), environment_, WarmTrigger::refresh));
  }
  const auto ids = ids_of(recent());
  EXPECT_EQ(ids.size(), 1 + WarmingRecords::most_refresh_runs);
  EXPECT_THAT(ids, testing::Contains("manual"));
  EXPECT_THAT(ids, testing::Contains("refresh-" + std::to_string(WarmingRecords::most_runs + 4)));
  EXPECT_THAT(ids, testing::Not(testing::Contains("refresh-0"))) << "the oldest go first";
}

TEST_P(WarmingRecordsContract, KeepsTheLatestRunsOnly) {
  constexpr auto most = application::WarmingRecords::most_runs;
  for (std::size_t i = 0; i < most + 3; ++i) {
    record(full_report("run-" + std::to_string(i), environment_));
  }
  const auto ids = ids_of(recent());
  EXPECT_EQ(ids.size(), most);
  EXPECT_THAT(ids, testing::Contains("run-" + std::to_string(most + 2)));
  EXPECT_THAT(ids, testing::Not(testing::Contains("run-2")));
}

}  // namespace hearth::contract
