#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>

#include "application/backoff.hpp"

namespace hearth::application {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t greatest = std::numeric_limits<std::uint64_t>::max();
const Backoff::Limits limits{.first = milliseconds(100), .most = milliseconds(1000)};

TEST(Backoff, FirstWaitIsHalfToWholeOfFirst) {
  std::mt19937_64 random(1);
  milliseconds least = milliseconds::max();
  milliseconds most{0};
  for (int i = 0; i < 5000; ++i) {
    const auto wait = Backoff(limits).next(random());
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_EQ(least, milliseconds(50));
  EXPECT_EQ(most, milliseconds(100));
}

TEST(Backoff, BoundDoublesWithEachFailure) {
  Backoff backoff(limits);
  // 0 picks the lower end: half of the bound.
  EXPECT_EQ(backoff.next(0), milliseconds(50));
  EXPECT_EQ(backoff.next(0), milliseconds(100));
  EXPECT_EQ(backoff.next(0), milliseconds(200));
  EXPECT_EQ(backoff.next(0), milliseconds(400));
}

TEST(Backoff, NeverWaitsLongerThanMost) {
  std::mt19937_64 random(2);
  Backoff backoff(limits);
  for (int i = 0; i < 1000; ++i) {
    const auto wait = backoff.next(random());
    ASSERT_LE(wait, limits.most);
    ASSERT_GT(wait, milliseconds(0));
    if (i > 5) {
      ASSERT_GE(wait, limits.most / 2);
    }
  }
}

TEST(Backoff, ResetBeginsAgain) {
  Backoff backoff(limits);
  for (int i = 0; i < 10; ++i) (void)backoff.next(greatest);
  backoff.reset();
  EXPECT_EQ(backoff.next(0), milliseconds(50));
}

TEST(Backoff, SmallestLimitsStillWait) {
  Backoff backoff({.first = milliseconds(1), .most = milliseconds(1)});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(backoff.next(static_cast<std::uint64_t>(i)), milliseconds(1));
  }
}

TEST(Backoff, RandomNumbersSpreadTheWaits) {
  // Clients that failed together must not come back together.
  std::mt19937_64 random(3);
  std::set<milliseconds> waits;
  for (int i = 0; i < 200; ++i) waits.insert(Backoff(limits).next(random()));
  EXPECT_GT(waits.size(), 40u);
}

}  // namespace
}  // namespace hearth::application
