#pragma once

#include <string>
#include <vector>

#include "bench/statistics.hpp"

namespace hearth::bench {

/// How a figure changes from step to step: medians, with a mark from the least to the most.
struct ChartLine {
  std::string name;
  std::vector<Spread> values;  ///< one for each step
};

/// Lines that share steps and a scale, which begins at 0; at most four can be told apart.
struct LinePanel {
  std::string title;               ///< with the unit; there is room for some 44 letters
  std::string steps_title;         ///< what the steps are
  std::vector<std::string> steps;  ///< at equal distances, whatever they are
  std::vector<ChartLine> lines;
};

/// An SVG document: panels in two columns, each with its legend; `caption` stands below them.
[[nodiscard]] std::string line_chart(const std::vector<LinePanel>& panels,
                                     const std::string& caption);

/// The distance between lines of a grid from 0 to `most` (above 0): 1, 2 or 5 times a power of
/// ten, so that there are at most six.
[[nodiscard]] double grid_step(double most);

}  // namespace hearth::bench
