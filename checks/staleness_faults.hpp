#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "checks/fleet_bench.hpp"
#include "checks/staleness_load.hpp"

namespace hearth::checks {

/// What is done to a fleet under load, one thing at a time.
enum class Fault {
  stop_200_ms,        ///< SIGSTOP of a process, then SIGCONT: shorter than a heartbeat
  stop_800_ms,        ///< shorter than a lease
  stop_3_s,           ///< longer than a lease
  cut_subscription,   ///< the connection of one process that hears of changes is reset
  hold_subscription,  ///< nothing moves on it for 1.6 s, then all of it arrives
  cut_commands,       ///< the other Redis connections of one process are reset
  hold_commands,      ///< nothing moves on them for 1.6 s
  slow_database,      ///< 20 ms each way between one process and PostgreSQL, for 2 s
  flush,              ///< FLUSHALL
  restart_empty,      ///< Redis is killed, and started without data
  restart_old         ///< Redis is killed, and started with a snapshot that is a second old
};

struct FaultDescription {
  Fault fault;
  std::string_view name;   ///< for `--faults`
  std::string_view words;  ///< for the report
};

/// All of them, in the order in which they are tried.
[[nodiscard]] std::span<const FaultDescription> all_faults();

/// The one of that name.
[[nodiscard]] std::optional<FaultDescription> fault_named(std::string_view name);

/// Breaks something at `process` (or at a server), waits as long as the fault lasts, and mends it.
/// Whether there was anything to break: a process without a subscription has none to cut.
/// Throws std::runtime_error if a server does not come back.
bool inflict(Fault fault, FleetBench& fleet, std::size_t process, Stage& stage);

}  // namespace hearth::checks
