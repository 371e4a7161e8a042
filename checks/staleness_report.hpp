#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/staleness_load.hpp"

namespace hearth::checks {

/// What one pass over a fleet has shown.
struct PassResult {
  std::string title;
  std::vector<std::string> phases;  ///< their names; the first is "no fault"
  std::vector<int> times;           ///< how often each was tried
  Tallies tallies;                  ///< by phase
  std::uint64_t checked_reads = 0;
  std::uint64_t violation_count = 0;
  std::vector<Violation> violations;  ///< the first of them
  /// Flags of which a process did not answer what the database holds, long after the end.
  std::vector<std::string> not_converged;
  Clock::time_point began;
  double seconds = 0;
};

/// What a pass must reach.
struct Requirements {
  std::uint64_t least_reads = 0;
  bool times_count = true;  ///< false: figures of time are told and not judged
  bool judges_calm = true;  ///< false: the time of a change without faults is told only
  double calm_p99_ms = 10;
  double most_during_faults_ms = 1'100;  ///< the lease and 100 ms
};

/// Prints the tables of a pass on standard output, and the story of each violation.
void print(const PassResult& result);

/// What is wrong with it, in words; empty if nothing is.
[[nodiscard]] std::vector<std::string> shortcomings(const PassResult& result,
                                                    const Requirements& requirements);

}  // namespace hearth::checks
