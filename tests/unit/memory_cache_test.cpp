#include "adapters/memory/memory_cache.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/flags.hpp"
#include "support/look_up.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"

namespace hearth::adapters::memory {
namespace {

using application::CacheEntry;
using application::CacheLookup;
using application::CacheMiss;
using application::deadline_in;
using application::WriteOutcome;
using domain::Tombstone;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test_support::flag_key;
using test_support::sample_flag;

class MemoryCacheTest : public testing::Test {
 protected:
  CacheLookup get(MemoryCache& cache, const std::string& key) {
    return test_support::run_task(context_, test_support::look_up(cache, production_, flag_key(key),
                                                                  deadline_in(seconds(5))))
        .value();
  }
  WriteOutcome set(MemoryCache& cache, domain::FlagState state, milliseconds ttl = minutes(5)) {
    std::vector<CacheEntry> entries{{std::move(state), ttl}};
    return test_support::run_task(context_, cache.set_many(production_, std::move(entries),
                                                           cache.snapshot(production_).value(),
                                                           deadline_in(seconds(5))))
        .outcomes.at(0);
  }

  const domain::Environment production_ = test_support::environment("production");
  boost::asio::io_context context_;
  test_support::ManualClock clock_;
};

TEST_F(MemoryCacheTest, NeverHoldsMoreThanItsBound) {
  for (const std::size_t bound : {1u, 3u, 100u, 2000u}) {
    MemoryCache cache(clock_, bound);
    for (std::size_t i = 0; i < 3 * bound; ++i) {
      set(cache, sample_flag("flag-" + std::to_string(i)));
      ASSERT_LE(cache.size(), bound);
    }
    EXPECT_EQ(cache.max_entries(), bound);
  }
}

TEST_F(MemoryCacheTest, FullCacheStillTakesNewEntries) {
  MemoryCache cache(clock_, 3);
  for (const auto* key : {"a", "b", "c", "d", "e"}) {
    EXPECT_EQ(set(cache, sample_flag(key)), WriteOutcome::written);
    EXPECT_EQ(get(cache, key), CacheLookup(sample_flag(key)));
  }
  EXPECT_EQ(cache.size(), 3u);
}

TEST_F(MemoryCacheTest, NearestToExpiryGoesFirst) {
  MemoryCache cache(clock_, 3);
  set(cache, sample_flag("long"), minutes(5));
  set(cache, sample_flag("short"), minutes(1));
  set(cache, sample_flag("middle"), minutes(3));
  set(cache, sample_flag("new"), minutes(5));
  EXPECT_EQ(get(cache, "short"), CacheLookup(CacheMiss{}));
  EXPECT_EQ(get(cache, "long"), CacheLookup(sample_flag("long")));
  EXPECT_EQ(get(cache, "middle"), CacheLookup(sample_flag("middle")));
}

TEST_F(MemoryCacheTest, ProlongedEntryIsNoLongerNearest) {
  MemoryCache cache(clock_, 2);
  set(cache, sample_flag("prolonged"), minutes(1));
  set(cache, sample_flag("other"), minutes(3));
  EXPECT_EQ(set(cache, sample_flag("prolonged"), minutes(5)), WriteOutcome::unchanged);
  set(cache, sample_flag("new"), minutes(5));
  EXPECT_EQ(get(cache, "prolonged"), CacheLookup(sample_flag("prolonged")));
  EXPECT_EQ(get(cache, "other"), CacheLookup(CacheMiss{}));
}

TEST_F(MemoryCacheTest, FloodOfUnknownKeysDoesNotPushOutFlags) {
  MemoryCache cache(clock_, 50);
  for (int i = 0; i < 20; ++i) set(cache, sample_flag("flag-" + std::to_string(i)), minutes(5));
  for (int i = 0; i < 5000; ++i) {
    set(cache, Tombstone{flag_key("unknown-" + std::to_string(i)), 0}, seconds(15));
  }
  for (int i = 0; i < 20; ++i) {
    const auto key = "flag-" + std::to_string(i);
    EXPECT_EQ(get(cache, key), CacheLookup(sample_flag(key)));
  }
}

TEST_F(MemoryCacheTest, NewVersionOfPresentKeyEvictsNobody) {
  MemoryCache cache(clock_, 2);
  set(cache, sample_flag("a", 1), minutes(1));
  set(cache, sample_flag("b", 1), minutes(5));
  EXPECT_EQ(set(cache, sample_flag("b", 2), minutes(5)), WriteOutcome::written);
  EXPECT_EQ(get(cache, "a"), CacheLookup(sample_flag("a", 1)));
}

TEST_F(MemoryCacheTest, EntryLivesExactlyItsTimeToLive) {
  MemoryCache cache(clock_);
  set(cache, sample_flag("flag"), seconds(300));
  clock_.advance(milliseconds(299'999));
  EXPECT_EQ(get(cache, "flag"), CacheLookup(sample_flag("flag")));
  clock_.advance(milliseconds(1));
  EXPECT_EQ(get(cache, "flag"), CacheLookup(CacheMiss{}));
  EXPECT_EQ(cache.size(), 0u) << "what has expired and is met makes room";
}

TEST_F(MemoryCacheTest, ExpiredVersionThatNobodyReadFencesNothing) {
  MemoryCache cache(clock_);
  set(cache, sample_flag("flag", 9), seconds(15));
  clock_.advance(seconds(15));
  EXPECT_EQ(set(cache, sample_flag("flag", 8)), WriteOutcome::written);
  EXPECT_EQ(get(cache, "flag"), CacheLookup(sample_flag("flag", 8)));
}

TEST_F(MemoryCacheTest, JumpOfTheTimeOfDayExpiresNothing) {
  MemoryCache cache(clock_);
  set(cache, sample_flag("flag"));
  clock_.set_now(clock_.now() + std::chrono::hours(24 * 365));
  EXPECT_EQ(get(cache, "flag"), CacheLookup(sample_flag("flag")));
}

TEST_F(MemoryCacheTest, WriterFrozenLongerThanMaximumAgeIsRefused) {
  MemoryCache cache(clock_);
  const auto before_reading = cache.snapshot(production_).value();
  clock_.advance(application::max_snapshot_age + milliseconds(1));
  std::vector<CacheEntry> entries{{sample_flag("flag"), minutes(5)}};
  const auto report = test_support::run_task(
      context_, cache.set_many(production_, entries, before_reading, deadline_in(seconds(5))));
  EXPECT_EQ(report.outcomes.at(0), WriteOutcome::too_old);
  EXPECT_EQ(get(cache, "flag"), CacheLookup(CacheMiss{}));
}

TEST_F(MemoryCacheTest, ThreadsShareOneCacheAndVersionsNeverGoBack) {
  MemoryCache cache(clock_, 64);
  constexpr int writers = 2;
  constexpr domain::Version last = 3000;
  std::atomic<int> writing = writers;
  std::atomic<int> went_back = 0;
  std::vector<std::jthread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&] {
      boost::asio::io_context context;
      for (domain::Version version = 1; version <= last; ++version) {
        std::vector<CacheEntry> entries{{sample_flag("shared", version), minutes(5)}};
        (void)test_support::run_task(
            context, cache.set_many(production_, std::move(entries),
                                    cache.snapshot(production_).value(), deadline_in(seconds(60))));
      }
      --writing;
    });
  }
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&] {
      boost::asio::io_context context;
      domain::Version seen = 0;
      while (writing > 0) {
        const auto lookup = test_support::run_task(
            context, test_support::look_up(cache, production_, flag_key("shared"),
                                           deadline_in(seconds(60))));
        const auto* flag = std::get_if<domain::Flag>(&lookup.value());
        if (flag == nullptr) continue;
        went_back += flag->version < seen;
        seen = flag->version;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(went_back, 0);
  EXPECT_EQ(get(cache, "shared"), CacheLookup(sample_flag("shared", last)));
}

}  // namespace
}  // namespace hearth::adapters::memory
