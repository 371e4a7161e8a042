#pragma once

#include <string>
#include <vector>

#include "bench/contest_table.hpp"

namespace hearth::bench {

/// The contests of a scenario (at least one) as an SVG document: for each the processor time for a
/// request, the requests a second, and how long the slowest hundredth waited. `machine`: on which
/// it was measured, in words.
[[nodiscard]] std::string contest_plot(const std::vector<ContestReport>& reports,
                                       const std::string& machine);

/// Writes that beside the scenario's JSON file and names the file on standard output. Throws
/// std::runtime_error if it cannot.
void write_contest_plot(const std::vector<ContestReport>& reports);

}  // namespace hearth::bench
