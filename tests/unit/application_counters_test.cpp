#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "application/counters.hpp"
#include "application/counting_repository.hpp"
#include "support/flag_stream.hpp"
#include "support/flags.hpp"
#include "support/run_task.hpp"
#include "support/scripted_repository.hpp"

namespace hearth::application {
namespace {

using namespace std::chrono_literals;
using test_support::flag_key;
using test_support::run_task;

TEST(SharedCounter, LosesNothingWhenManyThreadsAdd) {
  constexpr int additions = 10'000;
  SharedCounter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&counter] {
      for (int n = 0; n < additions; ++n) counter.add();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 4U * additions);
}

TEST(OwnedCounter, AddsUp) {
  OwnedCounter counter;
  counter.add();
  counter.add(41);
  EXPECT_EQ(counter.value(), 42U);
}

template <class Counter>
class DurationHistogramTest : public testing::Test {};
using Counters = testing::Types<SharedCounter, OwnedCounter>;
TYPED_TEST_SUITE(DurationHistogramTest, Counters);

TYPED_TEST(DurationHistogramTest, BoundsAreInclusive) {
  for (std::size_t i = 0; i < duration_bounds_us.size(); ++i) {
    DurationHistogram<TypeParam> histogram;
    const std::chrono::microseconds bound(duration_bounds_us[i]);
    histogram.record(bound);
    histogram.record(bound + 1ns);
    const auto reading = histogram.reading();
    EXPECT_EQ(reading.counts[i], 1U) << duration_bounds_us[i];
    EXPECT_EQ(reading.counts[i + 1], 1U) << duration_bounds_us[i];
    EXPECT_EQ(reading.sum, 2 * bound + 1ns);
  }
}

TYPED_TEST(DurationHistogramTest, ExtremesHaveABucket) {
  DurationHistogram<TypeParam> histogram;
  histogram.record(-5ns);
  histogram.record(0ns);
  histogram.record(24h);
  const auto reading = histogram.reading();
  EXPECT_EQ(reading.counts.front(), 2U);
  EXPECT_EQ(reading.counts.back(), 1U);
  EXPECT_EQ(reading.count(), 3U);
  EXPECT_EQ(reading.sum, 24h);
}

TEST(HistogramReading, ReadingsAddUp) {
  DurationHistogram<OwnedCounter> one;
  DurationHistogram<OwnedCounter> other;
  one.record(1ms);
  other.record(1ms);
  other.record(1s);
  auto both = one.reading();
  both += other.reading();
  EXPECT_EQ(both.count(), 3U);
  EXPECT_EQ(both.sum, 1002ms);
}

TEST(DurationBounds, Grow) {
  EXPECT_TRUE(std::ranges::is_sorted(duration_bounds_us));
  EXPECT_EQ(std::ranges::adjacent_find(duration_bounds_us), duration_bounds_us.end());
}

TEST(CountingFlagRepository, CountsEachQueryAndPassesItOn) {
  boost::asio::io_context context;
  test_support::Events events;
  test_support::ScriptedRepository inner(events);
  inner.on_latest_version = [](std::chrono::milliseconds) { return domain::Version{7}; };
  QueryCounts counts;
  CountingFlagRepository repository(inner, counts);
  const auto production = test_support::environment("production");
  const auto key = flag_key("a");
  const auto deadline = deadline_in(1s);

  std::vector<domain::FlagKey> keys{key};
  (void)run_task(context, repository.find_many(production, keys, deadline));
  (void)run_task(context, repository.find_many(production, keys, deadline));
  (void)run_task(context, test_support::find_hottest(repository, production, {}, deadline));
  (void)run_task(context, repository.find_changed(0, 1, deadline));
  EXPECT_EQ(run_task(context, repository.latest_version(0ms, deadline)), domain::Version{7});
  (void)run_task(context, repository.list(production, {}, deadline));
  (void)run_task(context, repository.create(production, {key, true, 100, ""}, deadline));
  (void)run_task(context, repository.update(production, key, {}, {}, deadline));
  (void)run_task(context, repository.remove(production, key, {}, deadline));
  (void)run_task(context, repository.import(production, {}, ImportMode::apply, {}, deadline));

  EXPECT_EQ(inner.deadlines, std::vector<Deadline>(10, deadline));
  for (const auto query : database_queries) {
    const auto expected = query == DatabaseQuery::flags      ? 2U
                          : query == DatabaseQuery::accesses ? 0U
                                                             : 1U;
    EXPECT_EQ(counts.of(query), expected) << name_of(query);
  }
}

TEST(CountingAccessRepository, CountsWrites) {
  struct Inner final : AccessRepository {
    Task<domain::Result<void>> record(std::vector<AccessCount> accesses, Deadline) override {
      received += accesses.size();
      co_return domain::Result<void>{};
    }
    std::size_t received = 0;
  } inner;
  boost::asio::io_context context;
  QueryCounts counts;
  CountingAccessRepository repository(inner, counts);
  std::vector<AccessCount> accesses{
      {.environment = test_support::environment("production"), .key = flag_key("a")}};
  EXPECT_TRUE(run_task(context, repository.record(std::move(accesses), deadline_in(1s))));
  EXPECT_EQ(inner.received, 1U);
  EXPECT_EQ(counts.of(DatabaseQuery::accesses), 1U);
}

}  // namespace
}  // namespace hearth::application
