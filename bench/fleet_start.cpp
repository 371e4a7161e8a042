#include "bench/fleet_start.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "bench/database_reads.hpp"
#include "checks/fleet_bench.hpp"
#include "checks/fleet_readers.hpp"
#include "checks/held_start.hpp"

namespace hearth::bench {
namespace {

using checks::Clock;
using test_support::HearthServer;

constexpr int connections_per_process = 6;  // four for queries, and room for one that listens
constexpr int connections_of_ours = 40;
// So long without a miss, and it counts as warm. At 2,000 reads a second, which come to 1,000 flags
// alike, a flag that nobody has read yet is missed in that time in 1 of 400 cases.
constexpr std::chrono::seconds settled_after{3};
constexpr std::size_t most_readers = 8;

checks::FleetBenchOptions bench_options(const FleetStartOptions& options) {
  checks::FleetBenchOptions bench;
  bench.flags = options.flags;
  bench.settings = {{"CACHE_WARMING_TOP_N", std::to_string(options.flags)},
                    {"CACHE_WARMING_ENABLED", options.is_warmed ? "true" : "false"},
                    {"ACCESS_FLUSH_SECONDS", "60"}};
  bench.most_database_connections =
      static_cast<int>(options.processes) * connections_per_process + connections_of_ours;
  return bench;
}

/// A database whose flags have all been read before, as that of a fleet which is deployed again.
void store_accesses(const std::string& database_url) {
  test_support::execute(database_url,
                        "INSERT INTO feature_flag_access (flag_id, request_count, "
                        "last_accessed_at, heat) SELECT id, 100, now(), 10 FROM feature_flags");
}

std::unique_ptr<HearthServer> held_process(const checks::FleetBench& bench,
                                           const checks::HeldStart& door) {
  HearthServer::Options options;
  options.environment = bench.environment(bench.redis.port(), bench.postgres.port());
  options.program = checks::HeldStart::command({test_support::hearth_binary().string()});
  options.standard_input = door.pipe();
  options.wait_for = HearthServer::WaitFor::nothing;
  return std::make_unique<HearthServer>(std::move(options));
}

/// Only a warm run orders flags by their heat.
std::uint64_t bulk_queries(const std::string& database_url) {
  const auto rows = test_support::execute(
      database_url,
      "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query ~* 'order by "
      "[a-z.]*heat' AND query !~ 'pg_stat_statements'");
  return std::stoull(rows.at(0).at(0));
}

void wait_until_settled(const checks::FleetReaders& readers, std::chrono::seconds limit) {
  const auto end = Clock::now() + limit;
  while (!is_settled(readers.records(), Clock::now(), settled_after)) {
    if (Clock::now() > end) throw std::runtime_error("The fleet does not come to serve only hits");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace

FleetStart start_fleet(const FleetStartOptions& options) {
  checks::FleetBench bench(bench_options(options));
  store_accesses(bench.database_url());
  checks::HeldStart door;
  std::vector<std::unique_ptr<HearthServer>> servers;
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < options.processes; ++i) {
    servers.push_back(held_process(bench, door));
    ports.push_back(servers.back()->port());
  }
  test_support::execute(bench.database_url(), "SELECT pg_stat_statements_reset()");
  // A process belongs to one thread of the readers: more than processes would read nothing.
  checks::FleetReaders readers(ports, {.threads = std::min(most_readers, options.processes),
                                       .warmed_flags = options.flags,
                                       .reads_per_second = options.reads_per_second});
  const auto released = Clock::now();
  door.let_go();
  wait_until_settled(readers, options.limit);
  readers.stop();
  const auto records = readers.records();
  auto start = summary_of(records, released);
  for (const auto& record : records) {
    if (record.failed > 0) throw std::runtime_error("A read failed: " + record.failure);
  }
  start.bulk_queries = bulk_queries(bench.database_url());
  start.queries_for_flags = database_reads(bench.database_url()).for_flags;
  return start;
}

}  // namespace hearth::bench
