#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace hearth::bench {

/// Of one warm run, in milliseconds.
struct RunTimes {
  double total = 0;     ///< from asking for the run until its report is there
  double query = 0;     ///< thereof, as the report says: the database
  double pipeline = 0;  ///< and Redis
};

/// Runs of hearth and, right after them, the reference.
struct Round {
  std::vector<RunTimes> runs;
  double reference_setex_per_second = 0;
};

/// Everything measured for one number of flags.
struct Scenario {
  std::size_t flags = 0;
  double first_run_ms = 0;       ///< connects and prepares too; in no other figure
  double memory_growth_mib = 0;  ///< of the process, at the peak of that first run
  std::vector<Round> rounds;
};

/// Prints the scenarios beside DESIGN.md's budgets on standard output.
void print_table(std::span<const Scenario> scenarios);

/// The same figures for programs.
[[nodiscard]] boost::json::object warm_json(std::span<const Scenario> scenarios);

/// And for the eye, as an SVG document.
[[nodiscard]] std::string warm_plot(std::span<const Scenario> scenarios,
                                    const std::string& machine);

}  // namespace hearth::bench
