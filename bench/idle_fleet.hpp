#pragma once

#include <chrono>
#include <cstddef>

#include "bench/statistics.hpp"

namespace hearth::bench {

/// What a fleet costs that nobody asks anything; all of it a second.
struct IdleFleet {
  Spread process_ms;      ///< processor time of one process, all processes and looks
  Spread postgres_ms;     ///< processor time of PostgreSQL
  Spread redis_ms;        ///< processor time of Redis
  Spread statements;      ///< that PostgreSQL runs
  Spread redis_commands;  ///< that Redis runs, those of scripts included
};

/// Starts so many processes on a PostgreSQL and a Redis of their own, waits until what belongs to
/// the start is over, and looks so many times for so long.
[[nodiscard]] IdleFleet look_at_idle_fleet(std::size_t processes, std::size_t looks,
                                           std::chrono::seconds look);

}  // namespace hearth::bench
