#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

namespace hearth::checks {

/// Durations of which the report wants the middle and the end.
class Durations {
 public:
  void add(std::chrono::nanoseconds duration) { all_.push_back(duration); }
  void add(const Durations& other) {
    all_.insert(all_.end(), other.all_.begin(), other.all_.end());
  }
  [[nodiscard]] std::size_t count() const noexcept { return all_.size(); }

  /// In milliseconds, by nearest rank: the least that `share` (0..1) of all do not exceed. 0 if
  /// there are none.
  [[nodiscard]] double percentile(double share) const {
    if (all_.empty()) return 0;
    auto sorted = all_;
    const auto rank = std::ceil(share * static_cast<double>(sorted.size()));
    const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
    std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(index));
    return std::chrono::duration<double, std::milli>(sorted[index]).count();
  }
  [[nodiscard]] double greatest() const { return percentile(1); }

 private:
  std::vector<std::chrono::nanoseconds> all_;
};

}  // namespace hearth::checks
