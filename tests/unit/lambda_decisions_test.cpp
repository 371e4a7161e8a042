#include <gtest/gtest.h>

#include "adapters/lambda/budgets.hpp"
#include "adapters/lambda/freeze_watch.hpp"
#include "adapters/lambda/runtime_api.hpp"
#include "support/manual_clock.hpp"

namespace hearth::adapters::lambda {
namespace {

using namespace std::chrono_literals;
using test_support::ManualClock;

TEST(PostDecision, EndsWithWhatWasTakenOrRefused) {
  EXPECT_EQ(decide_post({.status = 202}), PostStep::done);
  for (const int status : {400, 403, 413}) {
    EXPECT_EQ(decide_post({.status = status}), PostStep::rejected) << status;
  }
}

TEST(PostDecision, TriesAgainAFewTimesWhileThereIsTime) {
  for (const int status : {0, 500, 503}) {
    EXPECT_EQ(decide_post({.status = status}), PostStep::retry) << status;
    EXPECT_EQ(decide_post({.status = status, .number = RuntimeApi::most_attempts}),
              PostStep::give_up)
        << status;
    EXPECT_EQ(decide_post({.status = status, .time_left = false}), PostStep::give_up) << status;
  }
}

TEST(Budgets, KeepTimeForTheAnswer) {
  EXPECT_EQ(work_time(10s), 9500ms);
  EXPECT_EQ(work_time(1s), 900ms);
  EXPECT_EQ(work_time(100ms), 50ms);
  EXPECT_EQ(work_time(20ms), 0ms);
}

TEST(Budgets, RestTakesNoMoreThanItsOwnAndNothingOfTheLastTenth) {
  EXPECT_EQ(rest_time(10s, 300ms), 300ms);
  EXPECT_EQ(rest_time(200ms, 300ms), 150ms);
  EXPECT_EQ(rest_time(0ms, 300ms), 0ms);
}

TEST(FreezeWatch, SeesNothingInAShortWait) {
  ManualClock clock;
  FreezeWatch watch(clock);
  watch.rest();
  clock.advance(100ms);
  EXPECT_EQ(watch.wake(), Thaw{});
}

TEST(FreezeWatch, AsksForProofAfterTheProcessWasStopped) {
  ManualClock clock;
  FreezeWatch watch(clock);
  watch.rest();
  clock.advance(5s);
  EXPECT_EQ(watch.wake(), (Thaw{.proves_cache = true}));
}

TEST(FreezeWatch, RenewsConnectionsAfterALongTime) {
  ManualClock clock;
  FreezeWatch watch(clock);
  watch.rest();
  clock.advance(310s);
  EXPECT_EQ(watch.wake(), (Thaw{.proves_cache = true, .renews_connections = true}));
}

TEST(FreezeWatch, TellsTheTimeThatAStoppedMachineDidNotCount) {
  ManualClock clock;
  FreezeWatch watch(clock);
  watch.rest();
  clock.advance(1ms);
  clock.set_now(clock.now() + 310s);
  const auto thaw = watch.wake();
  EXPECT_EQ(thaw.unseen, 310s);
  EXPECT_TRUE(thaw.proves_cache);
  EXPECT_TRUE(thaw.renews_connections);
}

TEST(FreezeWatch, TakesATimeOfDayThatIsSetBackForNoFreeze) {
  ManualClock clock;
  FreezeWatch watch(clock);
  watch.rest();
  clock.advance(10ms);
  clock.set_now(clock.now() - 1h);
  EXPECT_EQ(watch.wake(), Thaw{});
}

}  // namespace
}  // namespace hearth::adapters::lambda
