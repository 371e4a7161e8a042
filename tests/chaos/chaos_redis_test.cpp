#include <gtest/gtest.h>

#include <thread>

#include "chaos/chaos_fixture.hpp"
#include "support/eventually.hpp"

namespace hearth::chaos {
namespace {

using test_support::eventually;
using namespace std::chrono_literals;

class ChaosOfRedis : public ChaosTest {};

TEST_F(ChaosOfRedis, KilledInTheMiddleOfAPipelineNoReadFails) {
  set_up_fleet();
  auto& redis = fleet().redis;
  auto& gate = fleet().members()[0]->redis_gate;
  const auto outcome = endure(
      "Redis killed in the middle of a pipeline",
      [&] {
        // A warm run of all flags is some 20 kB: slow enough to be under way, whoever looks.
        gate.set_bytes_per_second(20'000);
        std::thread warm([&] {
          (void)fleet().members()[0]->server->request("POST", "/api/admin/cache/warm",
                                                      checks::admin_headers());
        });
        const auto sent = gate.to_server().bytes;
        EXPECT_TRUE(eventually(5s, [&] { return gate.to_server().bytes >= sent + 5'000; }));
        redis.kill();
        warm.join();
        std::this_thread::sleep_for(500ms);
      },
      [&] {
        gate.set_bytes_per_second(0);
        redis.start();
      });
  expect_no_harm(outcome);
  EXPECT_EQ(outcome.stale_reads, 0u) << "the database was there";
}

TEST_F(ChaosOfRedis, FrozenForTenSecondsNoReadFails) {
  set_up_fleet();
  const auto outcome = endure(
      "Redis frozen for 10 s",
      [&] {
        fleet().redis.pause();
        std::this_thread::sleep_for(10s);
      },
      [&] { fleet().redis.resume(); });
  expect_no_harm(outcome);
  EXPECT_EQ(outcome.stale_reads, 0u) << "the database was there";
}

TEST_F(ChaosOfRedis, ScriptsForgottenAgainAndAgainNobodyNotices) {
  set_up_fleet();
  const auto outcome = endure(
      "SCRIPT FLUSH every 20 ms for 2 s",
      [&] {
        for (int i = 0; i < 100; ++i) {
          fleet().redis.run({"SCRIPT", "FLUSH"});
          std::this_thread::sleep_for(20ms);
        }
      },
      [] {});
  expect_no_harm(outcome);
  EXPECT_EQ(outcome.stale_reads, 0u);
}

TEST_F(ChaosOfRedis, EvictionForLackOfMemoryCostsMissesAndNothingElse) {
  set_up_fleet({"--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru"});
  auto& redis = fleet().redis;
  const auto evicted = [&] {
    const auto stats = redis.command({"INFO", "stats"}).text;
    return std::stoull(stats.substr(stats.find("evicted_keys:") + 13));
  };
  const auto outcome = endure(
      "Redis evicts by allkeys-lru for 3 s",
      [&] {
        // Somebody else's data in the same server, more than there is room for.
        const std::string filler(50'000, 'x');
        for (int i = 0; i < 150; ++i) {
          redis.run({"SET", "filler-" + std::to_string(i), filler});
          std::this_thread::sleep_for(20ms);
        }
      },
      [&] {
        for (int i = 0; i < 150; ++i) redis.run({"DEL", "filler-" + std::to_string(i)});
      });
  EXPECT_GT(evicted(), 0u) << "or this proves nothing";
  expect_no_harm(outcome);
  EXPECT_EQ(outcome.stale_reads, 0u);
}

TEST_F(ChaosOfRedis, ThrottledWayToItNoReadFails) {
  set_up_fleet();
  auto& gate = fleet().members()[1]->redis_gate;
  const auto outcome = endure(
      "3 kB/s between a process and Redis for 4 s",
      [&] {
        gate.set_bytes_per_second(3'000);
        std::this_thread::sleep_for(4s);
      },
      [&] {
        gate.set_bytes_per_second(0);
        // What the gate still holds back is a minute's worth.
        gate.cut();
      });
  expect_no_harm(outcome);
  EXPECT_EQ(outcome.stale_reads, 0u) << "the database was there";
}

}  // namespace
}  // namespace hearth::chaos
