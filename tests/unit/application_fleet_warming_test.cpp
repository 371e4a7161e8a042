#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/memory/memory_cache.hpp"
#include "adapters/memory/memory_warming_records.hpp"
#include "application/fleet_warming.hpp"
#include "support/flags.hpp"
#include "support/held_repository.hpp"
#include "support/run_task.hpp"
#include "support/run_until.hpp"
#include "support/start_task.hpp"
#include "support/warming_process.hpp"

namespace hearth::application {
namespace {

using domain::Error;
using domain::ErrorCode;
using domain::Flag;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test_support::flag_key;
using test_support::Pending;
using test_support::run_task;
using test_support::run_until;
using test_support::sample_flag;
using test_support::start_task;
using test_support::WarmingProcess;
using testing::SizeIs;

/// Records whose answers to `finish` are late as long as the test says so.
class LateRecords final : public WarmingRecords {
 public:
  explicit LateRecords(WarmingRecords& inner) : inner_(inner) {}

  enum class Late { never_done, done_unanswered, not_connected };
  std::vector<Late> late;  ///< what comes of the next calls, the last one first
  std::size_t finishes = 0;

  Task<domain::Result<bool>> finish(domain::Environment environment, std::string token,
                                    WarmMarker marker, Deadline deadline) override {
    ++finishes;
    if (late.empty()) co_return co_await inner_.finish(environment, token, marker, deadline);
    const auto what = late.back();
    late.pop_back();
    if (what == Late::done_unanswered) {
      (void)co_await inner_.finish(environment, token, marker, deadline);
    }
    if (what == Late::not_connected) co_return domain::fail(ErrorCode::unavailable, "connecting");
    co_return domain::fail(ErrorCode::deadline_exceeded, "late");
  }
  Task<domain::Result<WarmingState>> look(domain::Environment environment,
                                          Deadline deadline) override {
    return inner_.look(std::move(environment), deadline);
  }
  Task<domain::Result<WarmingLockAttempt>> acquire(domain::Environment environment,
                                                   WarmingLockRequest wanted,
                                                   Deadline deadline) override {
    return inner_.acquire(std::move(environment), std::move(wanted), deadline);
  }
  Task<domain::Result<bool>> extend(domain::Environment environment, std::string token,
                                    milliseconds life, Deadline deadline) override {
    return inner_.extend(std::move(environment), std::move(token), life, deadline);
  }
  Task<domain::Result<bool>> release(domain::Environment environment, std::string token,
                                     Deadline deadline) override {
    return inner_.release(std::move(environment), std::move(token), deadline);
  }
  Task<domain::Result<void>> record(WarmReport report, Deadline deadline) override {
    return inner_.record(std::move(report), deadline);
  }
  Task<domain::Result<std::vector<WarmReport>>> recent(domain::Environment environment,
                                                       Deadline deadline) override {
    return inner_.recent(std::move(environment), deadline);
  }

 private:
  WarmingRecords& inner_;
};

/// Two processes over one cache, and a database that answers when the test says so.
class FleetWarmingTest : public testing::Test {
 protected:
  FleetWarmingTest() {
    // The lock's life is the records' time, which stands still; only its extension takes time.
    one_.emplace(context_, repository_, cache_, records_, clock_, test_support::quick_fleet());
    two_.emplace(context_, repository_, cache_, records_, clock_, test_support::quick_fleet());
  }

  [[nodiscard]] WarmRequest request(std::string deployment_id = {}) const {
    WarmRequest wanted{.environment = production_};
    if (!deployment_id.empty()) wanted.trigger = WarmTrigger::deployment;
    wanted.deployment_id = std::move(deployment_id);
    return wanted;
  }
  Pending<WarmReport> warm(WarmingProcess& process, std::string deployment_id = {}) {
    return start_task(context_, process.warming.warm(request(std::move(deployment_id))));
  }
  [[nodiscard]] WarmingState look() {
    return run_task(context_, records_.look(production_, deadline_in(seconds(5)))).value();
  }
  [[nodiscard]] bool queries_become(std::size_t count) {
    return run_until(context_, [&] { return repository_.hottest.size() == count; });
  }
  [[nodiscard]] bool ends(const Pending<WarmReport>& run) {
    return run_until(context_, [&] { return run->has_value(); });
  }
  void let_others_poll() {
    context_.restart();
    context_.run_for(milliseconds(20));
  }
  static std::vector<Flag> flags() { return {sample_flag("a"), sample_flag("b")}; }

  const domain::Environment production_ = test_support::environment("production");
  boost::asio::io_context context_;
  test_support::Events events_;
  test_support::HeldRepository repository_{events_};
  test_support::ManualClock clock_;
  adapters::memory::MemoryCache cache_{clock_};
  adapters::memory::MemoryWarmingRecords records_{clock_};
  std::optional<WarmingProcess> one_;
  std::optional<WarmingProcess> two_;
};

TEST_F(FleetWarmingTest, RunLeavesItsMarkerAndItsRecordAndFreesTheLock) {
  const auto run = warm(*one_);
  EXPECT_TRUE(look().locked);
  repository_.answer_hottest(0, flags());
  ASSERT_TRUE(ends(run));
  EXPECT_EQ((*run)->written, 2U);
  const auto state = look();
  EXPECT_FALSE(state.locked);
  ASSERT_TRUE(state.marker);
  EXPECT_EQ(state.marker->run_id, (*run)->id);
  EXPECT_EQ(state.marker->trigger, WarmTrigger::manual);
  EXPECT_EQ(state.marker->warmed, 2U);
  EXPECT_THAT(state.marker->sample, testing::ElementsAre(flag_key("a"), flag_key("b")));
  const auto runs = run_task(context_, two_->warming.recent_runs(production_));
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].id, (*run)->id);
}

TEST_F(FleetWarmingTest, SecondRequestJoinsTheRunUnderWay) {
  const auto run = warm(*one_);
  const auto joined = warm(*two_);
  let_others_poll();
  EXPECT_THAT(repository_.hottest, SizeIs(1)) << "one query for both";
  EXPECT_FALSE(joined->has_value());
  repository_.answer_hottest(0, flags());
  ASSERT_TRUE(ends(run));
  ASSERT_TRUE(ends(joined));
  EXPECT_EQ((*joined)->id, (*run)->id);
  EXPECT_EQ((*joined)->warmed(), 2U);
  EXPECT_THAT(repository_.hottest, SizeIs(1));
  EXPECT_THAT(two_->telemetry.runs(), SizeIs(0));
}

TEST_F(FleetWarmingTest, WhoJoinedARunThatFailedRunsItself) {
  const auto run = warm(*one_);
  const auto joined = warm(*two_);
  repository_.answer_hottest(0, std::unexpected(Error{ErrorCode::unavailable, "away"}));
  ASSERT_TRUE(ends(run));
  EXPECT_TRUE((*run)->error);
  EXPECT_FALSE(look().marker);
  ASSERT_TRUE(queries_become(2));
  repository_.answer_hottest(1, flags());
  ASSERT_TRUE(ends(joined));
  EXPECT_FALSE((*joined)->error);
  EXPECT_EQ(look().marker->run_id, (*joined)->id);
}

TEST_F(FleetWarmingTest, LockOfADeadProcessIsTakenOver) {
  const auto dead = warm(*one_);
  const auto joined = warm(*two_);
  let_others_poll();
  ASSERT_THAT(repository_.hottest, SizeIs(1));
  clock_.advance(seconds(3));  // nobody has extended the lock meanwhile
  ASSERT_TRUE(queries_become(2));
  repository_.answer_hottest(1, flags());
  ASSERT_TRUE(ends(joined));
  EXPECT_EQ(look().marker->run_id, (*joined)->id);
}

TEST_F(FleetWarmingTest, ProcessThatWakesAfterItsLockDiedDoesNoHarm) {
  const auto slow = warm(*one_);
  clock_.advance(seconds(3));
  const auto other = warm(*two_);
  ASSERT_TRUE(queries_become(2));
  // The slow one ends while the other one holds the lock.
  repository_.answer_hottest(0, flags());
  ASSERT_TRUE(ends(slow));
  EXPECT_TRUE(look().locked) << "the other one's lock survives";
  EXPECT_FALSE(look().marker) << "and its marker is not written for it";
  repository_.answer_hottest(1, flags());
  ASSERT_TRUE(ends(other));
  EXPECT_EQ(look().marker->run_id, (*other)->id);
  EXPECT_THAT(run_task(context_, one_->warming.recent_runs(production_)), SizeIs(2))
      << "both runs are told";
}

TEST_F(FleetWarmingTest, LockIsExtendedWhileTheRunGoesOn) {
  auto settings = test_support::quick_fleet();
  settings.lock_life = milliseconds(40);
  WarmingProcess process(context_, repository_, cache_, records_, clock_, settings);
  const auto run = warm(process);
  for (int i = 0; i < 10; ++i) {
    // The records' time is turned slower than the extensions come, which take real time.
    context_.restart();
    context_.run_for(milliseconds(25));
    clock_.advance(milliseconds(25));
    EXPECT_TRUE(look().locked) << i;
  }
  repository_.answer_hottest(0, flags());
  ASSERT_TRUE(ends(run));
  EXPECT_FALSE(look().locked);
}

TEST_F(FleetWarmingTest, LateAnswersDoNotKeepTheMarkerFromBeingWritten) {
  using Late = LateRecords::Late;
  for (const auto& late : std::vector<std::vector<Late>>{{Late::never_done, Late::not_connected},
                                                         {Late::done_unanswered}}) {
    LateRecords records(records_);
    records.late = late;
    WarmingProcess process(context_, repository_, cache_, records, clock_,
                           test_support::quick_fleet());
    const auto run = warm(process);
    repository_.answer_hottest(repository_.hottest.size() - 1, flags());
    ASSERT_TRUE(ends(run));
    EXPECT_EQ(look().marker->run_id, (*run)->id);
    EXPECT_FALSE(look().locked);
    EXPECT_EQ(records.finishes, late.back() == Late::done_unanswered ? 1U : 3U);
  }
}

TEST_F(FleetWarmingTest, NamedKeysAreAlwaysWarmedByARunOfTheirOwn) {
  const auto run = warm(*one_);
  auto named = request();
  named.keys = std::vector{flag_key("x")};
  const auto own = start_task(context_, two_->warming.warm(named));
  repository_.answer(0, std::vector<domain::FlagState>{sample_flag("x")});
  ASSERT_TRUE(ends(own));
  EXPECT_EQ((*own)->written, 1U);
  EXPECT_TRUE(look().locked) << "the run under way goes on";
  EXPECT_FALSE(look().marker) << "named keys are not the warm set";
  repository_.answer_hottest(0, flags());
  ASSERT_TRUE(ends(run));
}

TEST_F(FleetWarmingTest, AutomaticRunLeavesItToWhoWasFaster) {
  const auto seen = look();
  const auto first =
      start_task(context_, one_->warming.warm_unless_done(production_, WarmTrigger::refresh, seen));
  const auto second =
      run_task(context_, two_->warming.warm_unless_done(production_, WarmTrigger::refresh, seen));
  EXPECT_FALSE(second) << "the lock is held";
  repository_.answer_hottest(0, flags());
  ASSERT_TRUE(run_until(context_, [&] { return first->has_value(); }));
  ASSERT_TRUE(first->has_value() && (*first)->has_value());
  const auto late =
      run_task(context_, two_->warming.warm_unless_done(production_, WarmTrigger::refresh, seen));
  EXPECT_FALSE(late) << "the lock is free again, but the work has been done";
  EXPECT_THAT(repository_.hottest, SizeIs(1));
}

TEST_F(FleetWarmingTest, ScheduledTimeGoesIntoTheMarkerAndStaysThere) {
  const auto due = clock_.now();
  auto run = start_task(
      context_, one_->warming.warm_unless_done(production_, WarmTrigger::scheduled, look(), due));
  repository_.answer_hottest(0, flags());
  ASSERT_TRUE(run_until(context_, [&] { return run->has_value(); }));
  EXPECT_EQ(look().marker->scheduled_for_ms, due.time_since_epoch().count());
  const auto manual = warm(*two_);
  repository_.answer_hottest(1, flags());
  ASSERT_TRUE(ends(manual));
  EXPECT_EQ(look().marker->scheduled_for_ms, due.time_since_epoch().count());
}

TEST_F(FleetWarmingTest, DeploymentIsWarmedOnceHoweverOftenItIsAsked) {
  const auto run = warm(*one_, "v2");
  repository_.answer_hottest(0, flags());
  ASSERT_TRUE(ends(run));
  EXPECT_EQ(look().marker->deployment_id, "v2");
  const auto again = warm(*two_, "v2");
  ASSERT_TRUE(ends(again));
  EXPECT_EQ((*again)->id, (*run)->id);
  EXPECT_THAT(repository_.hottest, SizeIs(1));
  const auto next = warm(*two_, "v3");
  ASSERT_TRUE(queries_become(2));
  repository_.answer_hottest(1, flags());
  ASSERT_TRUE(ends(next));
  EXPECT_EQ(look().marker->deployment_id, "v3");
}

TEST_F(FleetWarmingTest, DeploymentThatJoinsAnotherRunIsNotedAllTheSame) {
  const auto run = warm(*one_);
  const auto deployment = warm(*two_, "v2");
  let_others_poll();
  repository_.answer_hottest(0, flags());
  ASSERT_TRUE(ends(run));
  ASSERT_TRUE(ends(deployment));
  EXPECT_FALSE((*deployment)->error);
  EXPECT_THAT(repository_.hottest, SizeIs(1));
  const auto marker = look().marker.value();
  EXPECT_EQ(marker.deployment_id, "v2");
  EXPECT_EQ(marker.deployment_run_id, (*run)->id);
  EXPECT_EQ(marker.run_id, (*run)->id);
  EXPECT_FALSE(look().locked);
}

TEST_F(FleetWarmingTest, AnswersFromTheMarkerWhenTheRecordIsGone) {
  const auto run = warm(*one_, "v2");
  repository_.answer_hottest(0, flags());
  ASSERT_TRUE(ends(run));
  for (std::size_t i = 0; i <= WarmingRecords::most_runs; ++i) {
    WarmReport other{.id = "other", .environment = production_, .error = std::nullopt};
    run_task(context_, records_.record(other, deadline_in(seconds(5)))).value();
  }
  const auto again = warm(*two_, "v2");
  ASSERT_TRUE(ends(again));
  EXPECT_EQ((*again)->id, (*run)->id);
  EXPECT_EQ((*again)->warmed(), 2U);
}

TEST_F(FleetWarmingTest, CoverageIsThePartOfTheSampleThatIsThere) {
  EXPECT_EQ(run_task(context_, one_->warming.coverage(production_)), std::nullopt);
  const auto run = warm(*one_);
  repository_.answer_hottest(0, flags());
  ASSERT_TRUE(ends(run));
  EXPECT_EQ(run_task(context_, two_->warming.coverage(production_)), 1.0)
      << "of whichever process asks";
  clock_.advance(seconds(301));
  EXPECT_EQ(run_task(context_, two_->warming.coverage(production_)), 0.0);
}

/// Records that cannot be reached.
class UnreachableRecords final : public WarmingRecords {
 public:
  Task<domain::Result<WarmingState>> look(domain::Environment, Deadline) override {
    co_return away();
  }
  Task<domain::Result<WarmingLockAttempt>> acquire(domain::Environment, WarmingLockRequest,
                                                   Deadline) override {
    co_return away();
  }
  Task<domain::Result<bool>> extend(domain::Environment, std::string, milliseconds,
                                    Deadline) override {
    co_return away();
  }
  Task<domain::Result<bool>> release(domain::Environment, std::string, Deadline) override {
    co_return away();
  }
  Task<domain::Result<bool>> finish(domain::Environment, std::string, WarmMarker,
                                    Deadline) override {
    co_return away();
  }
  Task<domain::Result<void>> record(WarmReport, Deadline) override { co_return away(); }
  Task<domain::Result<std::vector<WarmReport>>> recent(domain::Environment, Deadline) override {
    co_return away();
  }

 private:
  static std::unexpected<Error> away() { return domain::fail(ErrorCode::unavailable, "away"); }
};

TEST_F(FleetWarmingTest, WithoutRecordsManualRunsAndAutomaticDoesNot) {
  UnreachableRecords nowhere;
  WarmingProcess alone(context_, repository_, cache_, nowhere, clock_, test_support::quick_fleet());
  const auto run = warm(alone);
  repository_.answer_hottest(0, flags());
  ASSERT_TRUE(ends(run));
  EXPECT_EQ((*run)->written, 2U);
  EXPECT_THAT(run_task(context_, alone.warming.recent_runs(production_)), SizeIs(1))
      << "the process remembers its own runs";
  EXPECT_TRUE(run_task(context_, alone.warming.find_run(production_, (*run)->id)));
  EXPECT_FALSE(run_task(context_, alone.warming.look(production_)));
  EXPECT_EQ(run_task(context_, alone.warming.coverage(production_)), std::nullopt);
  EXPECT_FALSE(run_task(context_, alone.warming.warm_unless_done(production_, WarmTrigger::recovery,
                                                                 WarmingState{})));
  EXPECT_THAT(repository_.hottest, SizeIs(1));

  const auto deployment = warm(alone, "v2");
  repository_.answer_hottest(1, std::unexpected(Error{ErrorCode::unavailable, "away"}));
  ASSERT_TRUE(ends(deployment));
  EXPECT_TRUE((*deployment)->error);
}

}  // namespace
}  // namespace hearth::application
