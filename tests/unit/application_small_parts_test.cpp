#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "application/cache_lifetimes.hpp"
#include "application/cache_statistics.hpp"
#include "application/readiness.hpp"
#include "application/unknown_key_budget.hpp"
#include "application/warm_run_log.hpp"
#include "support/flags.hpp"

namespace hearth::application {
namespace {

using domain::Tombstone;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using test_support::flag_key;
using test_support::sample_flag;
using Time = std::chrono::steady_clock::time_point;

const Time noon = Time(seconds(1'000'000));

TEST(UnknownKeyBudget, TakesSoManyAWindow) {
  UnknownKeyBudget budget(2, milliseconds(100));
  EXPECT_TRUE(budget.take(noon));
  EXPECT_TRUE(budget.take(noon + milliseconds(99)));
  EXPECT_FALSE(budget.take(noon + milliseconds(99)));
  EXPECT_TRUE(budget.take(noon + milliseconds(100)));
  EXPECT_TRUE(budget.take(noon + milliseconds(100)));
  EXPECT_FALSE(budget.take(noon + milliseconds(100)));
}

TEST(UnknownKeyBudget, NothingAllowedIsNothingTaken) {
  UnknownKeyBudget budget(0, milliseconds(100));
  EXPECT_FALSE(budget.take(noon));
  EXPECT_FALSE(budget.take(noon + seconds(10)));
}

TEST(CacheLifetimes, UnknownKeysLiveShorter) {
  const CacheLifetimes lifetimes;
  EXPECT_EQ(lifetimes.of(sample_flag("a")), seconds(300));
  EXPECT_EQ(lifetimes.of(Tombstone{flag_key("a"), 7}), seconds(300));
  EXPECT_EQ(lifetimes.of(Tombstone{flag_key("a"), 0}), seconds(15));
}

TEST(CacheLifetimes, UnknownKeysNeverOutliveFlags) {
  const CacheLifetimes lifetimes{.known = seconds(2)};
  EXPECT_EQ(lifetimes.of(Tombstone{flag_key("a"), 0}), seconds(2));
}

TEST(CacheLifetimes, SnapshotIsOlderThanHalfALifeNever) {
  EXPECT_EQ(CacheLifetimes{}.max_age(), max_snapshot_age);
  EXPECT_EQ(CacheLifetimes{.known = seconds(10)}.max_age(), seconds(5));
  EXPECT_EQ(CacheLifetimes{.known = seconds(60)}.max_age(), seconds(30));
}

TEST(CacheStatistics, NoLookupIsNoMiss) {
  const CacheStatistics statistics;
  EXPECT_EQ(statistics.total().hit_rate(), 1.0);
  EXPECT_EQ(statistics.latency().p99, nanoseconds(0));
  EXPECT_EQ(statistics.database_reads(), 0u);
}

TEST(CacheStatistics, CountsHitsAndMisses) {
  CacheStatistics statistics;
  for (int i = 0; i < 3; ++i) statistics.record_read(ReadSource::hit, noon, noon);
  statistics.record_read(ReadSource::miss, noon, noon);
  statistics.record_database_read();
  EXPECT_EQ(statistics.total().hits, 3u);
  EXPECT_EQ(statistics.total().misses, 1u);
  EXPECT_DOUBLE_EQ(statistics.total().hit_rate(), 0.75);
  EXPECT_EQ(statistics.database_reads(), 1u);
}

TEST(CacheStatistics, WindowForgetsWhatIsOlder) {
  CacheStatistics statistics;
  statistics.record_read(ReadSource::miss, noon, noon);
  statistics.record_read(ReadSource::hit, noon, noon + seconds(59));
  EXPECT_EQ(statistics.within(seconds(60), noon + seconds(59)).misses, 1u);
  EXPECT_EQ(statistics.within(seconds(60), noon + seconds(59)).hits, 1u);
  EXPECT_EQ(statistics.within(seconds(60), noon + seconds(60)).misses, 0u);
  EXPECT_EQ(statistics.within(seconds(60), noon + seconds(60)).hits, 1u);
  EXPECT_EQ(statistics.within(seconds(300), noon + seconds(299)).misses, 1u);
  EXPECT_EQ(statistics.within(seconds(300), noon + seconds(300)).misses, 0u);
  EXPECT_EQ(statistics.total().misses, 1u);
}

TEST(CacheStatistics, LongerSpanThanIsKeptIsFiveMinutes) {
  CacheStatistics statistics;
  statistics.record_read(ReadSource::hit, noon, noon);
  EXPECT_EQ(statistics.within(seconds(9999), noon + seconds(299)).hits, 1u);
  EXPECT_EQ(statistics.within(seconds(9999), noon + seconds(300)).hits, 0u);
}

TEST(CacheStatistics, ReusedSecondBeginsAtNothing) {
  CacheStatistics statistics;
  for (int i = 0; i < 5; ++i) statistics.record_read(ReadSource::hit, noon, noon);
  const auto later = noon + seconds(301);  // the same slot of the ring
  statistics.record_read(ReadSource::hit, later, later);
  EXPECT_EQ(statistics.within(seconds(60), later).hits, 1u);
}

TEST(CacheStatistics, PercentilesAreWithinAnEighthAbove) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 50; ++round) {
    CacheStatistics statistics;
    std::vector<std::int64_t> latencies;
    const auto magnitude = 1 + random() % 30;
    for (int i = 0; i < 1000; ++i) {
      const auto latency =
          static_cast<std::int64_t>(1 + random() % (std::uint64_t{1} << magnitude));
      latencies.push_back(latency);
      statistics.record_read(ReadSource::hit, noon, noon + nanoseconds(latency));
    }
    std::ranges::sort(latencies);
    const auto measured = statistics.latency();
    const std::pair<std::size_t, nanoseconds> expected[] = {
        {500, measured.p50}, {950, measured.p95}, {990, measured.p99}};
    for (const auto& [rank, percentile] : expected) {
      const auto exact = latencies[rank - 1];
      ASSERT_GE(percentile.count(), exact);
      ASSERT_LE(static_cast<double>(percentile.count()), static_cast<double>(exact) * 1.125);
    }
  }
}

TEST(CacheStatistics, ExtremeLatenciesHaveABucket) {
  CacheStatistics statistics;
  statistics.record_read(ReadSource::hit, noon, noon - seconds(1));
  EXPECT_EQ(statistics.latency().p50, nanoseconds(1));
  CacheStatistics slow;
  slow.record_read(ReadSource::hit, noon, noon + std::chrono::hours(100'000));
  EXPECT_GT(slow.latency().p50, std::chrono::minutes(30));
}

TEST(CacheStatistics, TotalsLoseNothingUnderThreads) {
  CacheStatistics statistics;
  constexpr int reads = 50'000;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&statistics, thread] {
      for (int i = 0; i < reads; ++i) {
        const auto end = noon + milliseconds(i);
        statistics.record_read(thread % 2 == 0 ? ReadSource::hit : ReadSource::miss, noon, end);
        statistics.record_database_read();
      }
    });
  }
  threads.clear();
  EXPECT_EQ(statistics.total().hits, 2u * reads);
  EXPECT_EQ(statistics.total().misses, 2u * reads);
  EXPECT_EQ(statistics.database_reads(), 4u * reads);
}

TEST(Readiness, StartsAsStartingWithUnknownDependencies) {
  const Readiness readiness;
  EXPECT_EQ(readiness.state(), Readiness::State::starting);
  EXPECT_EQ(readiness.cache(), Readiness::DependencyState::unknown);
  EXPECT_EQ(readiness.database(), Readiness::DependencyState::unknown);
}

TEST(Readiness, LostDependencyOnlyDegrades) {
  for (const bool cache : {false, true}) {
    for (const bool database : {false, true}) {
      Readiness readiness;
      readiness.note_cache(cache);
      readiness.note_database(database);
      EXPECT_EQ(readiness.state(), Readiness::State::starting);
      readiness.first_warm_run_is_over();
      EXPECT_EQ(readiness.state(),
                cache && database ? Readiness::State::ready : Readiness::State::degraded);
      EXPECT_EQ(readiness.cache(),
                cache ? Readiness::DependencyState::up : Readiness::DependencyState::down);
      EXPECT_EQ(readiness.database(),
                database ? Readiness::DependencyState::up : Readiness::DependencyState::down);
      readiness.note_cache(true);
      readiness.note_database(true);
      EXPECT_EQ(readiness.state(), Readiness::State::ready);
    }
  }
}

TEST(Readiness, UnknownDependenciesAreNoReasonToBeDegraded) {
  Readiness readiness;
  readiness.first_warm_run_is_over();
  EXPECT_EQ(readiness.state(), Readiness::State::ready);
}

TEST(Readiness, DrainingWinsOverEverything) {
  Readiness starting;
  starting.begin_draining();
  EXPECT_EQ(starting.state(), Readiness::State::draining);
  Readiness degraded;
  degraded.first_warm_run_is_over();
  degraded.note_cache(false);
  degraded.begin_draining();
  EXPECT_EQ(degraded.state(), Readiness::State::draining);
}

TEST(Readiness, TellsHowWarmTheCacheWasAndHowOldItIsNow) {
  Readiness readiness;
  const auto now = std::chrono::steady_clock::now();
  EXPECT_EQ(readiness.coverage(), std::nullopt);
  EXPECT_EQ(readiness.age_of_oldest(now), std::nullopt);
  readiness.note_warm_set(0.5, now);
  EXPECT_EQ(readiness.coverage(), 0.5);
  EXPECT_EQ(readiness.age_of_oldest(now + std::chrono::seconds(3)), std::chrono::seconds(3));
  EXPECT_EQ(readiness.age_of_oldest(now - std::chrono::seconds(3)), std::chrono::seconds(0));
  readiness.note_warm_set(std::nullopt, std::nullopt);
  EXPECT_EQ(readiness.coverage(), std::nullopt);
  EXPECT_EQ(readiness.age_of_oldest(now), std::nullopt);
}

TEST(Readiness, StatesHaveNames) {
  EXPECT_EQ(name_of(Readiness::State::starting), "starting");
  EXPECT_EQ(name_of(Readiness::State::ready), "ready");
  EXPECT_EQ(name_of(Readiness::State::degraded), "degraded");
  EXPECT_EQ(name_of(Readiness::State::draining), "draining");
  EXPECT_EQ(name_of(Readiness::DependencyState::unknown), "unknown");
  EXPECT_EQ(name_of(Readiness::DependencyState::up), "up");
  EXPECT_EQ(name_of(Readiness::DependencyState::down), "down");
}

WarmReport report_called(std::string id) {
  return {.id = std::move(id),
          .environment = test_support::environment("production"),
          .error = std::nullopt};
}

TEST(WarmRunLog, NewestComesFirst) {
  WarmRunLog log;
  EXPECT_TRUE(log.recent().empty());
  log.add(report_called("a"));
  log.add(report_called("b"));
  ASSERT_EQ(log.recent().size(), 2u);
  EXPECT_EQ(log.recent()[0].id, "b");
  EXPECT_EQ(log.recent()[1].id, "a");
}

TEST(WarmRunLog, ForgetsTheOldest) {
  WarmRunLog log;
  for (std::size_t i = 0; i <= WarmRunLog::capacity; ++i) log.add(report_called(std::to_string(i)));
  EXPECT_EQ(log.recent().size(), WarmRunLog::capacity);
  EXPECT_FALSE(log.find("0"));
  EXPECT_TRUE(log.find("1"));
  EXPECT_EQ(log.recent().front().id, std::to_string(WarmRunLog::capacity));
}

TEST(WarmRunLog, FindsByIdAlone) {
  WarmRunLog log;
  log.add(report_called("abc"));
  EXPECT_EQ(log.find("abc")->id, "abc");
  EXPECT_FALSE(log.find("ab"));
  EXPECT_FALSE(log.find(""));
}

TEST(WarmTrigger, NamesGoThereAndBack) {
  const std::pair<WarmTrigger, std::string_view> names[] = {
      {WarmTrigger::cold_start, "cold-start"}, {WarmTrigger::deployment, "deployment"},
      {WarmTrigger::scheduled, "scheduled"},   {WarmTrigger::manual, "manual"},
      {WarmTrigger::refresh, "refresh"},       {WarmTrigger::recovery, "recovery"}};
  for (const auto& [trigger, name] : names) {
    EXPECT_EQ(name_of(trigger), name);
    EXPECT_EQ(parse_warm_trigger(name), trigger);
  }
}

TEST(WarmTrigger, UnknownNameListsTheKnownOnes) {
  for (const auto* name : {"", "Manual", "cold_start", "manual "}) {
    const auto parsed = parse_warm_trigger(name);
    ASSERT_FALSE(parsed) << name;
    EXPECT_EQ(parsed.error().code, domain::ErrorCode::validation);
    EXPECT_NE(
        parsed.error().message.find("cold-start, deployment, scheduled, manual, refresh, recovery"),
        std::string::npos);
  }
}

TEST(WriteOutcome, OutcomesHaveNames) {
  EXPECT_EQ(name_of(WriteOutcome::written), "written");
  EXPECT_EQ(name_of(WriteOutcome::unchanged), "unchanged");
  EXPECT_EQ(name_of(WriteOutcome::newer_present), "newer-present");
  EXPECT_EQ(name_of(WriteOutcome::too_old), "too-old");
  EXPECT_EQ(name_of(WriteOutcome::failed), "failed");
}

TEST(WarmReport, WarmedIsWhatIsFreshAfterwards) {
  auto report = report_called("a");
  report.written = 1;
  report.unchanged = 2;
  report.newer = 4;
  report.missing = 8;
  report.failed = 16;
  EXPECT_EQ(report.warmed(), 7u);
}

}  // namespace
}  // namespace hearth::application
