#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace hearth::application {

/// Some of the elements that pass by, evenly spread over them, although nobody knows beforehand how
/// many there will be. Keeps each element whose number divides by a stride; when there are `most`
/// times `most` of them, every other one goes and the stride doubles. Of up to that many elements
/// the sample is as even as can be, of more it is off by 2 / (most * most) of the whole at most.
template <class T>
class SpreadSample {
 public:
  /// `most`: how many to give in the end.
  explicit SpreadSample(std::size_t most) : most_(most) {}

  void offer(const T& element) {
    const auto number = seen_++;
    if (number % stride_ != 0) return;
    if (kept_.size() == most_ * most_) thin_out();
    if (number % stride_ == 0) kept_.push_back(element);
  }

  /// The sample: `most` of the elements, or all if there were no more. Leaves nothing.
  [[nodiscard]] std::vector<T> take() {
    const auto count = std::min(most_, kept_.size());
    std::vector<T> sample;
    sample.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      sample.push_back(std::move(kept_[i * kept_.size() / count]));
    }
    kept_.clear();
    return sample;
  }

 private:
  void thin_out() {
    std::size_t left = 0;
    for (std::size_t i = 0; i < kept_.size(); i += 2) {
      if (left != i) kept_[left] = std::move(kept_[i]);
      ++left;
    }
    kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(left), kept_.end());
    stride_ *= 2;
  }

  const std::size_t most_;
  std::vector<T> kept_;
  std::size_t stride_ = 1;
  std::size_t seen_ = 0;
};

}  // namespace hearth::application
