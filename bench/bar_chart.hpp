#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/statistics.hpp"

namespace hearth::bench {

/// A figure of one of several that are compared: the median as a bar, least and most as a line
/// across its end.
struct Bar {
  std::string name;  ///< there is room for some 26 letters
  Spread value;
};

/// Bars that share a scale, which begins at 0.
struct BarPanel {
  std::string title;  ///< with the unit
  std::vector<Bar> bars;
  std::size_t colours = 4;  ///< so many take turns, at most 4
};

/// An SVG document: panels one below the other under a title; `caption` stands below them.
[[nodiscard]] std::string bar_chart(const std::string& title, const std::vector<BarPanel>& panels,
                                    const std::string& caption);

}  // namespace hearth::bench
