#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace hearth::checks {

/// Numbers 0..count-1 of which number i comes up in proportion to 1 / (i + 1)^exponent: how
/// popularity tends to be distributed (Zipf's law).
class Zipf {
 public:
  Zipf(std::size_t count, double exponent) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      sum += 1 / std::pow(static_cast<double>(i + 1), exponent);
      cumulated_.push_back(sum);
    }
  }

  [[nodiscard]] std::size_t choose(std::mt19937_64& random) const {
    const auto point = std::uniform_real_distribution<double>(0, cumulated_.back())(random);
    const auto found = std::ranges::upper_bound(cumulated_, point);
    return std::min(static_cast<std::size_t>(found - cumulated_.begin()), cumulated_.size() - 1);
  }

 private:
  std::vector<double> cumulated_;
};

}  // namespace hearth::checks
