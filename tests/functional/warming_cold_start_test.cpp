// Many processes that start together: one of them asks the database, whatever happens to it.

#include <gtest/gtest.h>

#include <csignal>

#include "functional/warming_fixture.hpp"
#include "support/eventually.hpp"

namespace hearth::functional {
namespace {

using test_support::eventually;
using test_support::HearthServer;
using test_support::RedisServer;
using test_support::TcpGate;
using namespace std::chrono_literals;

class ColdStart : public WarmingTest {
 protected:
  void expect_all_hits(const HearthServer& server) {
    for (int i = 1; i <= 9; ++i) {
      const auto key = "flag-" + std::to_string(i);
      EXPECT_EQ(read_flag(server, key).header("X-Cache"), "hit") << key;
    }
  }
  [[nodiscard]] static bool is_starting(const HearthServer& server) {
    return readiness(server) == "starting";
  }
  [[nodiscard]] bool somebody_runs() const {
    return eventually(5s, [&] { return !lock_holder().empty(); });
  }
};

TEST_F(ColdStart, OfThreeProcessesIsOneBulkQuery) {
  HeldFlags held(database);
  const HearthServer first(starting());
  ASSERT_TRUE(somebody_runs());
  const HearthServer second(starting());
  const HearthServer third(starting());
  EXPECT_TRUE(is_starting(second));
  EXPECT_TRUE(is_starting(third));
  held.release();
  for (const auto* server : {&first, &second, &third}) {
    ASSERT_TRUE(becomes(*server, "ready"));
    EXPECT_EQ(at(json_of(server->request("GET", "/readyz")), "warmSet.coverage"), 1);
    expect_all_hits(*server);
    EXPECT_EQ(runs(*server, "cold-start").size(), 1U) << "the fleet's, whoever is asked";
  }
  EXPECT_EQ(bulk_queries(), 1);
}

TEST_F(ColdStart, ControlProcessesThatShareNothingAskForThemselves) {
  const RedisServer another;
  const HearthServer first(options());
  const HearthServer second(options({{"REDIS_URL", another.url()}}));
  EXPECT_EQ(bulk_queries(), 2);
}

TEST_F(ColdStart, LaterProcessFindsTheFlagsWarm) {
  const HearthServer first(options());
  const HearthServer second(options());
  expect_all_hits(second);
  EXPECT_EQ(bulk_queries(), 1);
}

TEST_F(ColdStart, AnotherTakesOverFromAProcessThatIsKilledInItsRun) {
  HeldFlags held(database);
  HearthServer first(starting());
  ASSERT_TRUE(somebody_runs());
  const auto dead = lock_holder();
  const HearthServer second(starting());
  // The lock is extended as long as its holder lives: nobody takes over.
  EXPECT_FALSE(eventually(2'300ms, [&] { return lock_holder() != dead; }));
  EXPECT_TRUE(is_starting(second));
  first.process().signal(SIGKILL);
  held.release();
  ASSERT_TRUE(becomes(second, "ready"));
  expect_all_hits(second);
  EXPECT_EQ(runs(second, "cold-start").size(), 1U);
}

TEST_F(ColdStart, ProcessStoppedForLongerThanItsLockDoesNoHarmWhenItWakes) {
  HeldFlags held(database);
  HearthServer first(starting());
  ASSERT_TRUE(somebody_runs());
  const auto stopped = lock_holder();
  first.process().signal(SIGSTOP);
  held.release();
  const HearthServer second(starting());
  ASSERT_TRUE(becomes(second, "ready"));
  const auto marked = at(marker(), "run");
  const auto before = at(json_of(read_flag(second, "flag-1")), "rolloutPercentage");
  // Whoever holds the lock when it wakes keeps it.
  redis.run({"SET", lock_key, "somebody-else", "PX", "60000"});
  ASSERT_NE(stopped, "somebody-else");
  // It would put this old value back if there was no fence.
  ASSERT_EQ(patch_flag(second, "flag-1", R"({"rolloutPercentage":7})").status, 200);
  first.process().signal(SIGCONT);
  ASSERT_TRUE(eventually(10s, [&] { return runs(second, "cold-start").size() == 2; }));
  EXPECT_EQ(lock_holder(), "somebody-else");
  EXPECT_EQ(at(marker(), "run"), marked);
  EXPECT_NE(before, 7);
  EXPECT_EQ(at(json_of(read_flag(second, "flag-1")), "rolloutPercentage"), 7);
}

TEST_F(ColdStart, WithoutADatabaseEndsInTimeAndReadsGoOn) {
  TcpGate gate(postgres.port());
  gate.set_black_hole(true);
  const auto begun = std::chrono::steady_clock::now();
  const HearthServer server(starting(through(gate)));
  ASSERT_TRUE(eventually(8s, [&] { return !is_starting(server); }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 4s) << "it tried as long as it may";
  gate.set_black_hole(false);
  gate.cut();
  EXPECT_TRUE(eventually(15s, [&] { return read_flag(server, "flag-1").status == 200; }));
}

TEST_F(ColdStart, SwitchedOffWarmsNothingUntilSomebodyAsks) {
  const HearthServer server(options({{"CACHE_WARMING_ENABLED", "false"}}));
  EXPECT_EQ(bulk_queries(), 0);
  EXPECT_EQ(warm_flags(), 0U);
  const auto warm = server.request("POST", "/api/admin/cache/warm", admin());
  EXPECT_EQ(at(json_of(warm), "warmed"), 9);
  EXPECT_EQ(warm_flags(), 9U);
}

}  // namespace
}  // namespace hearth::functional
