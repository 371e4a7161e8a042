#pragma once

#include <chrono>
#include <cstddef>

#include "bench/start_summary.hpp"

namespace hearth::bench {

/// What is to start.
struct FleetStartOptions {
  std::size_t processes = 1;
  std::size_t flags = 1'000;
  std::size_t reads_per_second = 2'000;  ///< of all processes together, all flags alike
  bool is_warmed = true;                 ///< false: lazy caching (CACHE_WARMING_ENABLED=false)
  std::chrono::seconds limit{120};       ///< for coming to serve only hits
};

/// Lets a fleet start at once against a PostgreSQL with flags and an empty Redis, while clients
/// read. They ask each process from the moment in which it listens, without waiting for its
/// readiness. Throws std::runtime_error if a read fails or if the fleet does not come to serve only
/// hits.
[[nodiscard]] FleetStart start_fleet(const FleetStartOptions& options);

}  // namespace hearth::bench
