#include <gtest/gtest.h>

#include <thread>

#include "chaos/chaos_fixture.hpp"

namespace hearth::chaos {
namespace {

using namespace std::chrono_literals;

// The flags are all in Redis: whatever happens to the database, no read fails.
class ChaosOfPostgres : public ChaosTest {};

TEST_F(ChaosOfPostgres, RestartedNoReadFails) {
  set_up_fleet();
  const auto outcome = endure(
      "PostgreSQL restarted", [&] { fleet().postgres.stop(); }, [&] { fleet().postgres.start(); });
  expect_no_harm(outcome);
}

TEST_F(ChaosOfPostgres, AwayForFiveSecondsNoReadFails) {
  set_up_fleet();
  const auto outcome = endure(
      "PostgreSQL away for 5 s",
      [&] {
        fleet().postgres.stop();
        std::this_thread::sleep_for(5s);
      },
      [&] { fleet().postgres.start(); });
  expect_no_harm(outcome);
}

TEST_F(ChaosOfPostgres, FrozenForFiveSecondsNoReadFails) {
  set_up_fleet();
  const auto outcome = endure(
      "PostgreSQL frozen for 5 s",
      [&] {
        fleet().postgres.pause();
        std::this_thread::sleep_for(5s);
      },
      [&] { fleet().postgres.resume(); });
  expect_no_harm(outcome);
}

TEST_F(ChaosOfPostgres, AllSessionsTerminatedAgainAndAgainNoReadFails) {
  set_up_fleet();
  const auto outcome = endure(
      "all sessions of PostgreSQL terminated, ten times in 2 s",
      [&] {
        for (int i = 0; i < 10; ++i) {
          (void)test_support::execute(fleet().database_url(),
                                      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                      "WHERE application_name = 'hearth'");
          std::this_thread::sleep_for(200ms);
        }
      },
      [] {});
  expect_no_harm(outcome);
}

// Reads that need the database are sent once more, on a new session. Not so if that session is
// terminated while it logs in, which "established" leaves out.
TEST_F(ChaosOfPostgres, EstablishedSessionsTerminatedWhileFlagsExpireNoReadFails) {
  set_up_fleet({}, 1s);
  const auto outcome = endure(
      "established sessions of PostgreSQL terminated while flags expire, for 5 s",
      [&] {
        for (int i = 0; i < 12; ++i) {
          (void)test_support::execute(fleet().database_url(),
                                      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                      "WHERE application_name = 'hearth' AND state IS NOT NULL");
          std::this_thread::sleep_for(400ms);
        }
      },
      [] {});
  expect_no_harm(outcome);
}

}  // namespace
}  // namespace hearth::chaos
