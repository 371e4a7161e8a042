// A cache that stays warm by itself: refresh before expiry, recovery, and what the fleet tells.

#include <gtest/gtest.h>

#include <set>

#include "functional/warming_fixture.hpp"
#include "support/eventually.hpp"

namespace hearth::functional {
namespace {

using test_support::CommandResult;
using test_support::eventually;
using test_support::HearthServer;
using test_support::run_hearth;
using namespace std::chrono_literals;

class Upkeep : public WarmingTest {
 protected:
  /// True if a warmed flag is ever missing within `span`.
  [[nodiscard]] bool ever_cold(std::chrono::milliseconds span) const {
    return eventually(span, [&] { return warm_flags() < 9; });
  }
};

TEST_F(Upkeep, FlagsThatNobodyReadsStayWarmBeyondTheirTtl) {
  const HearthServer first(options({{"CACHE_TTL_SECONDS", "5"}}));
  const HearthServer second(options({{"CACHE_TTL_SECONDS", "5"}}));
  ASSERT_EQ(warm_flags(), 9U);
  EXPECT_FALSE(ever_cold(12s));
  for (int i = 1; i <= 9; ++i) {
    EXPECT_EQ(read_flag(second, "flag-" + std::to_string(i)).header("X-Cache"), "hit");
  }
  const auto refreshes = runs(first, "refresh").size();
  EXPECT_GE(refreshes, 4U);
  EXPECT_LE(refreshes, 9U) << "one process of the fleet, each time";
  EXPECT_EQ(bulk_queries(), 1 + static_cast<int>(refreshes));
}

TEST_F(Upkeep, ControlWithoutRefreshTheyAreMissed) {
  const HearthServer server(
      options({{"CACHE_TTL_SECONDS", "5"}, {"CACHE_WARMING_ENABLED", "false"}}));
  (void)server.request("POST", "/api/admin/cache/warm", admin());
  ASSERT_EQ(warm_flags(), 9U);
  EXPECT_TRUE(ever_cold(12s));
  EXPECT_EQ(read_flag(server, "flag-1").header("X-Cache"), "miss");
}

TEST_F(Upkeep, FlushedCacheIsWarmAgainWithinTwoSecondsByOneRun) {
  const HearthServer first(options());
  const HearthServer second(options());
  ASSERT_EQ(warm_flags(), 9U);
  redis.run({"FLUSHALL"});
  EXPECT_TRUE(eventually(2s, [&] { return warm_flags() == 9; }));
  EXPECT_TRUE(eventually(5s, [&] { return runs(second, "recovery").size() == 1; }));
  EXPECT_FALSE(eventually(2s, [&] { return runs(second, "recovery").size() > 1; }));
  EXPECT_EQ(bulk_queries(), 2) << second.request("GET", "/api/admin/cache/warmings", admin()).body;
}

TEST_F(Upkeep, FlushedCacheGetsBackMoreThanARunUsuallyWarms) {
  test_support::execute(
      database,
      "INSERT INTO feature_flag_access (flag_id, request_count, last_accessed_at, heat) "
      "SELECT id, 100, now(), 10 FROM feature_flags WHERE flag_key IN ('flag-1', 'flag-2')");
  const HearthServer server(options({{"CACHE_WARMING_TOP_N", "2"}}));
  ASSERT_EQ(warm_flags(), 2U);
  for (int i = 1; i <= 9; ++i) (void)read_flag(server, "flag-" + std::to_string(i));
  ASSERT_TRUE(eventually(5s, [&] { return warm_flags() == 9; }));
  redis.run({"FLUSHALL"});
  EXPECT_TRUE(eventually(3s, [&] { return warm_flags() == 9; }));
  EXPECT_EQ(bulk_queries(), 2);
}

TEST_F(Upkeep, ControlFlushedCacheStaysColdWithoutRecovery) {
  const HearthServer server(options({{"CACHE_WARMING_ENABLED", "false"}}));
  (void)server.request("POST", "/api/admin/cache/warm", admin());
  ASSERT_EQ(warm_flags(), 9U);
  redis.run({"FLUSHALL"});
  EXPECT_FALSE(eventually(2s, [&] { return warm_flags() > 0; }));
}

TEST_F(Upkeep, RestartedRedisIsWarmAgainWithinTwoSecondsOfItsReturn) {
  const HearthServer server(options());
  redis.stop();
  ASSERT_TRUE(becomes(server, "degraded"));
  redis.start();
  EXPECT_TRUE(eventually(2'500ms, [&] { return warm_flags() == 9; }));
}

TEST_F(Upkeep, EvictedFlagsAreBroughtBack) {
  const HearthServer server(options());
  ASSERT_EQ(warm_flags(), 9U);
  for (int i = 1; i <= 5; ++i) redis.run({"DEL", redis_key("flag-" + std::to_string(i))});
  EXPECT_TRUE(eventually(5s, [&] { return warm_flags() == 9; }));
}

TEST_F(Upkeep, RunsOfTheWholeFleetAreToldByEveryProcess) {
  const HearthServer first(options());
  const HearthServer second(options());
  const auto warm = first.request("POST", "/api/admin/cache/warm", admin());
  const auto record = record_of(first, warm);
  const auto elsewhere = record_of(second, warm);
  EXPECT_EQ(elsewhere, record);
  EXPECT_EQ(runs(second, "manual").size(), 1U);
  redis.stop();
  EXPECT_EQ(runs(first, "manual").size(), 1U) << "its own, without Redis";
  EXPECT_EQ(runs(second, "manual").size(), 0U);
}

// --- deployments ---

class Deployment : public WarmingTest {
 protected:
  [[nodiscard]] CommandResult warm(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "warm");
    return run_hearth(arguments, environment());
  }
  [[nodiscard]] CommandResult deploy(const std::string& id) const {
    return warm({"--trigger", "deployment", "--deployment-id", id, "--json"});
  }
};

TEST_F(Deployment, IsWarmedOncePerId) {
  const auto first = deploy("v1.2+build/7");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(at(json_of(first.out), "trigger"), "deployment");
  EXPECT_EQ(at(json_of(first.out), "written"), 9);
  EXPECT_EQ(at(marker(), "deploymentId"), "v1.2+build/7");
  EXPECT_EQ(at(marker(), "deploymentRun"), at(json_of(first.out), "id"));

  const auto again = deploy("v1.2+build/7");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(json_of(again.out), json_of(first.out)) << "the same run";
  EXPECT_EQ(bulk_queries(), 1);

  EXPECT_EQ(deploy("v1.3").exit_code, 0);
  EXPECT_EQ(bulk_queries(), 2);
  const HearthServer server(options());
  EXPECT_EQ(bulk_queries(), 2) << "a server that starts finds the flags warm";
  EXPECT_EQ(at(marker(), "deploymentId"), "v1.3");
  EXPECT_EQ(runs(server, "deployment").size(), 2U);
}

TEST_F(Deployment, WrongUseIsAUsageError) {
  const std::vector<std::vector<std::string>> wrong{
      {"--deployment-id", "v1"},
      {"--trigger", "manual", "--deployment-id", "v1"},
      {"--trigger", "deployment", "--deployment-id", "two words"},
      {"--trigger", "deployment", "--deployment-id", std::string(129, 'x')},
  };
  for (const auto& arguments : wrong) {
    const auto result = warm(arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments.back();
    EXPECT_NE(result.err, "");
  }
  EXPECT_NE(warm({"--trigger", "deployment", "--deployment-id", "v1", "--key", "flag-1"}).exit_code,
            0);
  EXPECT_EQ(bulk_queries(), 0);
}

TEST_F(Deployment, WithoutRedisSaysThatItFailed) {
  redis.stop();
  const auto lenient = deploy("v1");
  EXPECT_EQ(lenient.exit_code, 0);
  EXPECT_NE(lenient.err, "");
  const auto strict = warm({"--trigger", "deployment", "--deployment-id", "v1", "--strict"});
  EXPECT_EQ(strict.exit_code, 1);
}

}  // namespace
}  // namespace hearth::functional
