#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hearth::checks {

/// A line of a plot; points are (seconds, percent), in the order of time.
struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;
};

/// A panel of a plot. At most four curves can be told apart.
struct Panel {
  std::string title;
  std::vector<Curve> curves;
};

/// An SVG document: panels one below the other over the same time axis, from `begin` to `end`
/// seconds, with the hit rate from 0 to 100 %, a grid and a legend. Curves differ in colour and in
/// their dashes.
[[nodiscard]] std::string svg_plot(const std::vector<Panel>& panels, double begin, double end,
                                   const std::string& time_label);

}  // namespace hearth::checks
