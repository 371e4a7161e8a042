#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/memory/memory_cache.hpp"
#include "adapters/memory/memory_warming_records.hpp"
#include "application/warming_triggers.hpp"
#include "support/flags.hpp"
#include "support/run_task.hpp"
#include "support/run_until.hpp"
#include "support/scripted_repository.hpp"
#include "support/start_task.hpp"
#include "support/warming_process.hpp"

namespace hearth::application {
namespace {

using domain::Flag;
using domain::Timestamp;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test_support::run_task;
using test_support::run_until;
using test_support::sample_flag;
using test_support::WarmingProcess;

WarmingTriggers::Settings quick_triggers() {
  WarmingTriggers::Settings settings{.environment = test_support::environment("production")};
  settings.check_interval = milliseconds(1);
  settings.recovery_spread = milliseconds(2);
  settings.longest_poll = milliseconds(2);
  settings.cold_start_poll = {milliseconds(2), milliseconds(4)};
  settings.longest_nap = milliseconds(1);
  settings.retry = {milliseconds(2), milliseconds(8)};
  return settings;
}

/// A process with its triggers.
struct Process {
  template <class Bench>
  explicit Process(Bench& bench)
      : warming(bench.context_, bench.repository_, bench.cache_, bench.records_, bench.clock_,
                test_support::quick_fleet()),
        triggers(bench.context_.get_executor(), warming.warming, bench.clock_, warming.telemetry,
                 readiness, quick_triggers()) {}

  WarmingProcess warming;
  Readiness readiness;
  WarmingTriggers triggers;
};

/// A fleet of two in one thread, whose time the test turns. Waits are real and short.
class WarmingTriggersTest : public testing::Test {
 public:
  WarmingTriggersTest() {
    repository_.on_hottest = [this](HeatQuery) -> domain::Result<std::vector<Flag>> {
      ++queries_;
      clock_.advance(milliseconds(1));  // a query takes time
      if (database_is_away_) return domain::fail(domain::ErrorCode::unavailable, "away");
      return std::vector<Flag>{sample_flag("a"), sample_flag("b")};
    };
  }
  ~WarmingTriggersTest() override = default;

  void begin(Task<void> task) {
    boost::asio::co_spawn(context_.get_executor(), std::move(task), boost::asio::detached);
  }
  void cold_start(Process& process, milliseconds allowed = seconds(5)) {
    run_task(context_, process.triggers.cold_start(deadline_in(allowed)));
  }
  /// Lets the background work go on for a moment: long enough for dozens of its looks.
  void let_pass(milliseconds time = milliseconds(40)) {
    context_.restart();
    context_.run_for(time);
  }
  [[nodiscard]] std::vector<WarmTrigger> runs() {
    std::vector<WarmTrigger> triggers;
    for (auto* process : {&one_, &two_}) {
      for (const auto& run : process->warming.telemetry.runs()) triggers.push_back(run.trigger);
    }
    return triggers;
  }
  [[nodiscard]] auto count_of(WarmTrigger trigger) { return std::ranges::count(runs(), trigger); }
  [[nodiscard]] bool happens(WarmTrigger trigger, std::ptrdiff_t times = 1) {
    return run_until(context_, [&] { return count_of(trigger) >= times; });
  }
  [[nodiscard]] WarmingState look() {
    return run_task(context_, records_.look(production_, deadline_in(seconds(5)))).value();
  }
  void hold_the_lock(milliseconds life) {
    WarmingLockRequest request{"somebody", life, std::nullopt};
    run_task(context_, records_.acquire(production_, request, deadline_in(seconds(5)))).value();
  }

  const domain::Environment production_ = test_support::environment("production");
  int queries_ = 0;
  bool database_is_away_ = false;
  test_support::Events events_;
  test_support::ScriptedRepository repository_{events_};
  test_support::ManualClock clock_;
  adapters::memory::MemoryCache cache_{clock_};
  std::optional<adapters::memory::MemoryWarmingRecords> memory_records_{std::in_place, clock_};
  WarmingRecords& records_ = *memory_records_;
  boost::asio::io_context context_;
  Process one_{*this};
  Process two_{*this};
};

TEST_F(WarmingTriggersTest, ColdStartWarmsOncePerFleet) {
  EXPECT_EQ(one_.readiness.state(), Readiness::State::starting);
  cold_start(one_);
  EXPECT_EQ(one_.readiness.state(), Readiness::State::ready);
  cold_start(two_);
  EXPECT_EQ(two_.readiness.state(), Readiness::State::ready);
  EXPECT_EQ(queries_, 1);
  EXPECT_EQ(two_.readiness.coverage(), 1.0);
}

TEST_F(WarmingTriggersTest, ColdStartOfManyAtOnceIsOneQuery) {
  const auto first = test_support::start_task(context_, [](Process* process) -> Task<bool> {
    co_await process->triggers.cold_start(deadline_in(seconds(5)));
    co_return true;
  }(&one_));
  cold_start(two_);
  ASSERT_TRUE(run_until(context_, [&] { return first->has_value(); }));
  EXPECT_EQ(queries_, 1);
}

TEST_F(WarmingTriggersTest, MarkerIsNotBelievedWhenItsFlagsAreGone) {
  cold_start(one_);
  clock_.advance(seconds(301));
  cold_start(two_);
  EXPECT_EQ(queries_, 2);
}

TEST_F(WarmingTriggersTest, ColdStartTakesOverFromADeadProcess) {
  hold_the_lock(seconds(2));
  begin(one_.triggers.cold_start(deadline_in(seconds(60))));
  let_pass();
  EXPECT_EQ(queries_, 0) << "somebody is at it";
  EXPECT_EQ(one_.readiness.state(), Readiness::State::starting);
  clock_.advance(seconds(3));
  EXPECT_TRUE(happens(WarmTrigger::cold_start));
}

TEST_F(WarmingTriggersTest, ColdStartThatOutlastsItsDeadlineIsReadyWithoutABulkQuery) {
  hold_the_lock(minutes(10));
  cold_start(one_, milliseconds(20));
  EXPECT_EQ(one_.readiness.state(), Readiness::State::ready);
  EXPECT_EQ(queries_, 0);
  EXPECT_EQ(one_.warming.telemetry.warnings().size(), 1U);
}

TEST_F(WarmingTriggersTest, ColdStartTriesAgainWhileTheDatabaseIsAway) {
  database_is_away_ = true;
  begin(one_.triggers.cold_start(deadline_in(seconds(60))));
  ASSERT_TRUE(run_until(context_, [&] { return queries_ >= 3; }));
  EXPECT_EQ(one_.readiness.state(), Readiness::State::starting);
  EXPECT_EQ(one_.readiness.database(), Readiness::DependencyState::down);
  database_is_away_ = false;
  EXPECT_TRUE(
      run_until(context_, [&] { return one_.readiness.state() == Readiness::State::ready; }));
  EXPECT_EQ(one_.readiness.database(), Readiness::DependencyState::up);
}

TEST_F(WarmingTriggersTest, DatabaseThatBreaksOffInTheMiddleIsSaidToBeDown) {
  repository_.hottest_breaks = domain::Error{domain::ErrorCode::unavailable, "gone"};
  begin(one_.triggers.cold_start(deadline_in(seconds(60))));
  ASSERT_TRUE(run_until(
      context_, [&] { return one_.readiness.database() == Readiness::DependencyState::down; }));
  repository_.hottest_breaks.reset();
  EXPECT_TRUE(run_until(
      context_, [&] { return one_.readiness.database() == Readiness::DependencyState::up; }));
}

TEST_F(WarmingTriggersTest, RefreshesBeforeExpiryOncePerFleet) {
  cold_start(one_);
  begin(one_.triggers.keep_warm(true));
  begin(two_.triggers.keep_warm(true));
  for (int round = 1; round <= 5; ++round) {
    let_pass();
    EXPECT_EQ(count_of(WarmTrigger::refresh), round - 1) << "not before it is time";
    clock_.advance(seconds(121));
    ASSERT_TRUE(happens(WarmTrigger::refresh, round));
    EXPECT_EQ(run_task(context_, one_.warming.warming.coverage(production_)), 1.0) << round;
  }
  let_pass();
  EXPECT_EQ(count_of(WarmTrigger::refresh), 5);
  EXPECT_EQ(queries_, 6);
}

TEST_F(WarmingTriggersTest, ControlWithoutUpkeepTheFlagsExpire) {
  cold_start(one_);
  begin(one_.triggers.keep_warm(false));
  for (int i = 0; i < 3; ++i) {
    clock_.advance(seconds(121));
    let_pass();
  }
  EXPECT_EQ(queries_, 1);
  EXPECT_EQ(one_.readiness.coverage(), 0.0) << "but it looks and tells";
}

TEST_F(WarmingTriggersTest, RecoversALostCacheOncePerFleet) {
  cold_start(one_);
  begin(one_.triggers.keep_warm(true));
  begin(two_.triggers.keep_warm(true));
  let_pass();
  EXPECT_EQ(count_of(WarmTrigger::recovery), 0);
  memory_records_.emplace(clock_);  // as after FLUSHALL
  ASSERT_TRUE(happens(WarmTrigger::recovery));
  let_pass();
  EXPECT_EQ(count_of(WarmTrigger::recovery), 1);
}

TEST_F(WarmingTriggersTest, CacheThatIsNotInOrderYetCostsNoQuery) {
  bool is_in_order = false;
  auto settings = quick_triggers();
  settings.proves_cache = [&](domain::Environment) -> Task<bool> { co_return is_in_order; };
  WarmingTriggers triggers(context_.get_executor(), one_.warming.warming, clock_,
                           one_.warming.telemetry, one_.readiness, settings);
  cold_start(one_);
  memory_records_.emplace(clock_);
  begin(triggers.keep_warm(true));
  let_pass();
  EXPECT_EQ(queries_, 1) << "that of the cold start";
  is_in_order = true;
  EXPECT_TRUE(run_until(context_, [&] { return queries_ == 2; }));
}

TEST_F(WarmingTriggersTest, RecoversFlagsThatWereEvictedThoughTheMarkerIsThere) {
  cold_start(one_);
  auto marker = look().marker.value();
  begin(one_.triggers.keep_warm(true));
  marker.sample = {test_support::flag_key("gone"), test_support::flag_key("away")};
  marker.began_at_ms -= 2'000;
  hold_the_lock(seconds(1));
  run_task(context_, records_.finish(production_, "somebody", marker, deadline_in(seconds(5))))
      .value();
  EXPECT_TRUE(happens(WarmTrigger::recovery));
}

TEST_F(WarmingTriggersTest, RecoveryWaitsForTheDatabaseWithPauses) {
  cold_start(one_);
  memory_records_.emplace(clock_);
  database_is_away_ = true;
  begin(one_.triggers.keep_warm(true));
  ASSERT_TRUE(happens(WarmTrigger::recovery, 3));
  database_is_away_ = false;
  EXPECT_TRUE(run_until(context_, [&] { return look().marker.has_value(); }));
}

TEST_F(WarmingTriggersTest, WhatWasNeverWarmGetsALateColdStartAndNoRecovery) {
  begin(one_.triggers.keep_warm(true));
  ASSERT_TRUE(happens(WarmTrigger::cold_start));
  let_pass();
  EXPECT_EQ(count_of(WarmTrigger::recovery), 0);
}

TEST_F(WarmingTriggersTest, RecoverRunsAtOnceForWhoPutTheCacheInOrder) {
  cold_start(one_);
  memory_records_.emplace(clock_);
  run_task(context_, one_.triggers.recover());
  EXPECT_EQ(count_of(WarmTrigger::recovery), 1);
  EXPECT_EQ(look().marker->trigger, WarmTrigger::recovery);
}

std::optional<Timestamp> next_minute(Timestamp after) {
  return std::chrono::floor<minutes>(after) + minutes(1);
}

TEST_F(WarmingTriggersTest, ScheduledRunHappensOncePerFleetAtEachTime) {
  begin(one_.triggers.follow_schedule(next_minute));
  begin(two_.triggers.follow_schedule(next_minute));
  clock_.advance(seconds(30));
  let_pass();
  EXPECT_EQ(count_of(WarmTrigger::scheduled), 0);
  for (int round = 1; round <= 3; ++round) {
    clock_.advance(minutes(1));
    ASSERT_TRUE(happens(WarmTrigger::scheduled, round));
    let_pass();
    EXPECT_EQ(count_of(WarmTrigger::scheduled), round) << "the other one sees that it is done";
  }
}

TEST_F(WarmingTriggersTest, RateKeepsTheFleetInStepWhateverTheStarts) {
  const auto every_minute = [](Timestamp after) -> std::optional<Timestamp> {
    return after + minutes(1);
  };
  begin(one_.triggers.follow_schedule(every_minute));
  clock_.advance(seconds(40));
  begin(two_.triggers.follow_schedule(every_minute));
  let_pass();
  for (int round = 1; round <= 4; ++round) {
    clock_.advance(seconds(30));
    let_pass();
    clock_.advance(seconds(30));
    ASSERT_TRUE(happens(WarmTrigger::scheduled, round));
    let_pass();
    EXPECT_EQ(count_of(WarmTrigger::scheduled), round);
  }
}

TEST_F(WarmingTriggersTest, TimesThatWereMissedAreNotMadeUpFor) {
  begin(one_.triggers.follow_schedule(next_minute));
  let_pass();
  clock_.advance(minutes(500));  // the process was stopped
  ASSERT_TRUE(happens(WarmTrigger::scheduled));
  let_pass();
  EXPECT_EQ(count_of(WarmTrigger::scheduled), 1);
  clock_.advance(minutes(1));
  EXPECT_TRUE(happens(WarmTrigger::scheduled, 2));
}

TEST_F(WarmingTriggersTest, ScheduledRunThatFailsWaitsForItsNextTime) {
  database_is_away_ = true;
  begin(one_.triggers.follow_schedule(next_minute));
  let_pass();
  clock_.advance(minutes(1));
  ASSERT_TRUE(happens(WarmTrigger::scheduled));
  let_pass();
  EXPECT_EQ(count_of(WarmTrigger::scheduled), 1);
  clock_.advance(minutes(1));
  EXPECT_TRUE(happens(WarmTrigger::scheduled, 2));
}

}  // namespace
}  // namespace hearth::application
