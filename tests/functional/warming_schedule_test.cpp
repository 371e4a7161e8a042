#include <gtest/gtest.h>

#include "functional/warming_fixture.hpp"
#include "support/eventually.hpp"
#include "support/redis_server.hpp"

namespace hearth::functional {
namespace {

using namespace std::chrono_literals;
using test_support::eventually;
using test_support::HearthServer;
using test_support::RedisServer;

/// A schedule's shortest interval is a minute, so that this is how long to wait for a run.
constexpr auto a_minute_and_more = 75s;

class Schedule : public WarmingTest {};

// One test, because each would wait for the same minute.
TEST_F(Schedule, RunsOncePerFleetAtItsTimeAndNeverWhereSomebodyDevelops) {
  const RedisServer cache_of_developer;
  const test_support::Environment every_minute{{"CACHE_WARMING_SCHEDULE", "cron(* * * * ? *)"}};
  auto local = every_minute;
  local["HEARTH_ENVIRONMENT"] = "local";
  local["REDIS_URL"] = cache_of_developer.url();
  const HearthServer first(options(every_minute));
  const HearthServer second(options(every_minute));
  const HearthServer developer(options(local));
  EXPECT_EQ(runs(first, "scheduled").size(), 0U);

  ASSERT_TRUE(eventually(a_minute_and_more, [&] { return !runs(first, "scheduled").empty(); }));
  const auto run = runs(second, "scheduled").at(0);
  EXPECT_EQ(at(run, "written").as_int64() + at(run, "unchanged").as_int64(), 9);
  EXPECT_TRUE(at(run, "error").is_null());
  // The other process looks within 100 ms, and finds the run done.
  const auto runs_of_fleet = [&] { return runs(second, "scheduled").size(); };
  EXPECT_FALSE(eventually(3s, [&] { return runs_of_fleet() > 1; }));
  EXPECT_EQ(runs(developer, "scheduled").size(), 0U);
}

}  // namespace
}  // namespace hearth::functional
