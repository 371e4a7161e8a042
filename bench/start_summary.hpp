#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "checks/fleet_readers.hpp"

namespace hearth::bench {

/// What came of starting a fleet at once. Times are from the moment in which all were let go.
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

}  // namespace hearth::bench
