#include "bench/idle_fleet.hpp"

#include <thread>
#include <vector>

#include "bench/processor_time.hpp"
#include "bench/server_counts.hpp"
#include "checks/fleet_bench.hpp"

namespace hearth::bench {
namespace {

constexpr std::size_t flags = 1'000;
constexpr std::chrono::seconds start_is_over_after{3};
constexpr int connections_per_process = 6;  // four for queries, and room for one that listens
constexpr int connections_of_ours = 20;

checks::FleetBenchOptions bench_options(std::size_t processes) {
  checks::FleetBenchOptions options;
  options.flags = flags;
  options.most_database_connections =
      static_cast<int>(processes) * connections_per_process + connections_of_ours;
  options.through_gates = false;
  return options;
}

/// What everybody has used and done so far.
struct Account {
  std::vector<std::chrono::nanoseconds> processes;
  ProcessorTimes postgres;
  std::chrono::nanoseconds redis{};
  std::uint64_t statements = 0;
  std::uint64_t redis_commands = 0;
};

Account account_of(checks::FleetBench& fleet, test_support::PostgresSession& session) {
  Account account;
  for (const auto& member : fleet.members()) {
    account.processes.push_back(processor_time(member->server->pid()));
  }
  account.postgres = postgres_processor_times(session);
  account.statements = statements_run(session);
  account.redis = processor_time(fleet.redis.pid());
  account.redis_commands =
      redis_figure(fleet.redis.command({"INFO", "stats"}).text, "total_commands_processed");
  return account;
}

/// The figures of all looks.
struct Looks {
  std::vector<double> process_ms;
  std::vector<double> postgres_ms;
  std::vector<double> redis_ms;
  std::vector<double> statements;
  std::vector<double> redis_commands;

  void add(const Account& before, const Account& after, double seconds) {
    const auto each_second = [&](std::chrono::nanoseconds used) {
      return std::chrono::duration<double, std::milli>(used).count() / seconds;
    };
    for (std::size_t i = 0; i < before.processes.size(); ++i) {
      process_ms.push_back(each_second(after.processes[i] - before.processes[i]));
    }
    postgres_ms.push_back(each_second(used_since(before.postgres, after.postgres)));
    redis_ms.push_back(each_second(after.redis - before.redis));
    statements.push_back(static_cast<double>(after.statements - before.statements) / seconds);
    // Without the INFO that asked.
    redis_commands.push_back(static_cast<double>(after.redis_commands - before.redis_commands - 1) /
                             seconds);
  }
};

}  // namespace

IdleFleet look_at_idle_fleet(std::size_t processes, std::size_t looks, std::chrono::seconds look) {
  checks::FleetBench fleet(bench_options(processes));
  for (std::size_t i = 0; i < processes; ++i) fleet.add_member();
  test_support::PostgresSession session(fleet.database_url());
  std::this_thread::sleep_for(start_is_over_after);
  Looks all;
  for (std::size_t i = 0; i < looks; ++i) {
    const auto before = account_of(fleet, session);
    const auto begin = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(look);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    all.add(before, account_of(fleet, session), took.count());
  }
  return {.process_ms = spread_of(all.process_ms),
          .postgres_ms = spread_of(all.postgres_ms),
          .redis_ms = spread_of(all.redis_ms),
          .statements = spread_of(all.statements),
          .redis_commands = spread_of(all.redis_commands)};
}

}  // namespace hearth::bench
