#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "checks/fleet_readers.hpp"

namespace hearth::bench {

/// What is to start.
struct FleetStartOptions {
  std::size_t processes = 1;
  std::size_t flags = 1'000;
  std::size_t reads_per_second = 2'000;  ///< of all processes together, all flags alike
  bool is_warmed = true;                 ///< false: lazy caching (CACHE_WARMING_ENABLED=false)
  std::chrono::seconds limit{120};       ///< for coming to serve only hits
};

/// What came of it. Times are from the moment in which all were let go.
struct FleetStart {
  double all_answer_seconds = 0;  ///< until the last process had answered for the first time
  double only_hits_seconds = 0;   ///< until the last read that was no hit, or the last first answer
  std::uint64_t reads = 0;        ///< that were answered, until some seconds after that
  std::uint64_t misses = 0;       ///< thereof from the database
  std::uint64_t failed = 0;
  std::uint64_t bulk_queries = 0;       ///< of warm runs, by the database's own count
  std::uint64_t queries_for_flags = 0;  ///< for reads and for warm runs, by the same count
};

/// The part that the clients have seen.
[[nodiscard]] FleetStart summary_of(std::span<const checks::StartRecord> records,
                                    checks::Clock::time_point released);

/// Whether every process has answered, and for `quiet` before `now` only with hits.
[[nodiscard]] bool is_settled(std::span<const checks::StartRecord> records,
                              checks::Clock::time_point now, std::chrono::seconds quiet);

/// Lets a fleet start at once against a PostgreSQL with flags and an empty Redis, while clients
/// read. They ask each process from the moment in which it listens, without waiting for its
/// readiness. Throws std::runtime_error if a read fails or if the fleet does not come to serve only
/// hits.
[[nodiscard]] FleetStart start_fleet(const FleetStartOptions& options);

}  // namespace hearth::bench
