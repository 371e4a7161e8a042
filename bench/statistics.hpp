#pragma once

#include <span>
#include <vector>

namespace hearth::bench {

/// The value that `fraction` of all values do not exceed (nearest rank); 0 of no values.
[[nodiscard]] double percentile(std::vector<double> values, double fraction);

[[nodiscard]] double median(std::vector<double> values);

/// A figure that was measured several times.
struct Spread {
  double median = 0;
  double least = 0;
  double most = 0;
};

[[nodiscard]] Spread spread_of(std::span<const double> values);

}  // namespace hearth::bench
