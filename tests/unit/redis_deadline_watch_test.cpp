#include <gtest/gtest.h>

#include <random>
#include <set>

#include "adapters/redis/deadline_watch.hpp"

namespace hearth::adapters::redis {
namespace {

using application::Deadline;
using namespace std::chrono_literals;

const Deadline start(1h);

TEST(DeadlineWatch, IsSetForTheEarliestDeadline) {
  DeadlineWatch watch;
  EXPECT_FALSE(watch.covers(start + 50ms)) << "not set yet";
  EXPECT_EQ(watch.set(start + 50ms, start), start + 50ms);
  EXPECT_TRUE(watch.covers(start + 50ms));
  EXPECT_TRUE(watch.covers(start + 80ms)) << "later ones are seen to when it has fired";
  EXPECT_FALSE(watch.covers(start + 20ms));
  EXPECT_EQ(watch.set(start + 20ms, start), start + 20ms);
}

TEST(DeadlineWatch, ACommandThatIsLittleEarlierSetsNothing) {
  DeadlineWatch watch;
  EXPECT_EQ(watch.set(start + 50ms, start), start + 50ms);
  EXPECT_TRUE(watch.covers(start + 45ms));
  EXPECT_FALSE(watch.covers(start + 44ms));
}

TEST(DeadlineWatch, LooksAreApart) {
  DeadlineWatch watch;
  EXPECT_EQ(watch.set(start + 1ms, start), start + 5ms);
  EXPECT_EQ(watch.set(start - 1ms, start), start + 5ms) << "one that has passed waits as long";
}

TEST(DeadlineWatch, WhoeverComesLaterDoesNotPutItOff) {
  DeadlineWatch watch;
  EXPECT_EQ(watch.set(start - 10ms, start), start + 5ms);
  EXPECT_FALSE(watch.covers(start - 10ms));
  EXPECT_EQ(watch.set(start - 10ms, start + 4ms), start + 5ms);
}

TEST(DeadlineWatch, StaysSetUntilItFires) {
  DeadlineWatch watch;
  EXPECT_EQ(watch.set(start + 50ms, start), start + 50ms);
  watch.fired();
  EXPECT_FALSE(watch.covers(start + 50ms));
  EXPECT_EQ(watch.set(start + 100ms, start + 50ms), start + 100ms);
}

/// Every deadline is noticed, in time, however commands come and go.
TEST(DeadlineWatch, NoDeadlineIsNoticedLate) {
  std::mt19937_64 random(5);
  DeadlineWatch watch;
  std::optional<Deadline> timer;
  std::multiset<Deadline> waiting;
  const auto arm = [&](Deadline deadline, Deadline now) {
    if (!watch.covers(deadline)) timer = watch.set(deadline, now);
  };
  for (auto now = start; now < start + 20s; now += 1ms) {
    if (timer && *timer <= now) {
      timer.reset();
      watch.fired();
      waiting.erase(waiting.begin(), waiting.upper_bound(now));
      if (!waiting.empty()) arm(*waiting.begin(), now);
    }
    ASSERT_TRUE(waiting.empty() || *waiting.begin() + DeadlineWatch::tolerance >= now);
    if (random() % 4 == 0) {
      const auto deadline = now + std::chrono::milliseconds(random() % 100);
      waiting.insert(deadline);
      arm(deadline, now);
    }
  }
}

}  // namespace
}  // namespace hearth::adapters::redis
