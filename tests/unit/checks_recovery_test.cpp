#include <gtest/gtest.h>

#include "checks/hit_rate.hpp"
#include "checks/zipf.hpp"

namespace hearth::checks {
namespace {

using namespace std::chrono_literals;

/// Ten reads in each interval from -500 ms to 2 s, of which so many are hits after the event.
HitRateHistory history_with(const std::vector<int>& hits_after_event) {
  HitRateHistory history(500ms, 2s);
  for (int i = 0; i < 25; ++i) {
    const auto after = static_cast<std::size_t>(i - 5);
    const int hits = i >= 5 && after < hits_after_event.size() ? hits_after_event[after] : 10;
    for (int k = 0; k < 10; ++k) history.count(i * 100ms - 500ms + k * 10ms, k < hits);
  }
  return history;
}

TEST(HitRateHistory, CountsByIntervalAndDropsWhatLiesOutside) {
  HitRateHistory history(200ms, 300ms);
  history.count(-201ms, true);
  history.count(-200ms, true);
  history.count(-1ms, false);
  history.count(0ms, true);
  history.count(299ms, false);
  history.count(300ms, true);
  ASSERT_EQ(history.intervals().size(), 5u);
  EXPECT_EQ(history.intervals()[0].hits, 1u);
  EXPECT_EQ(history.intervals()[1].misses, 1u);
  EXPECT_EQ(history.intervals()[2].hits, 1u);
  EXPECT_EQ(history.intervals()[4].misses, 1u);
  EXPECT_EQ(history.start_of(0), -200ms);
}

TEST(HitRateHistory, RateThatWasNeverLostIsBackAtOnce) {
  EXPECT_EQ(history_with({}).time_back_to(0.99), 0ms);
}

TEST(HitRateHistory, TimeBackIsTheStartOfHalfASecondAtThatRate) {
  const auto history = history_with({0, 2, 8, 9, 10});
  EXPECT_EQ(history.time_back_to(0.99), 400ms);
  EXPECT_EQ(history.time_back_to(0.90), 200ms) << "8, 9, 10, 10, 10 of 50";
}

TEST(HitRateHistory, RateThatDoesNotComeBackIsNever) {
  EXPECT_EQ(history_with(std::vector<int>(20, 5)).time_back_to(0.99), std::nullopt);
  EXPECT_EQ(HitRateHistory(0ms, 2s).time_back_to(0.5), std::nullopt) << "nobody read";
}

TEST(HitRateHistory, AddsUp) {
  auto sum = history_with({0});
  sum.add(history_with({10}));
  EXPECT_EQ(sum.intervals()[5].hits, 10u);
  EXPECT_EQ(sum.intervals()[5].misses, 10u);
  EXPECT_THROW(sum.add(HitRateHistory(0ms, 2s)), std::invalid_argument);
}

TEST(Zipf, FirstOfAThousandComesUpAsTheLawSays) {
  const Zipf zipf(1'000, 1.0);
  std::mt19937_64 random(7);
  std::vector<int> counts(1'000);
  for (int i = 0; i < 100'000; ++i) ++counts[zipf.choose(random)];
  // 1 / H(1000) = 13.36 %, and half of that for the second.
  EXPECT_NEAR(counts[0], 13'360, 700);
  EXPECT_NEAR(counts[1], 6'680, 500);
}

}  // namespace
}  // namespace hearth::checks
