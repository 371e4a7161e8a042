#pragma once

#include <algorithm>
#include <chrono>

namespace hearth::adapters::lambda {

/// The part of what is left of an invocation's time that may be worked in: the rest is for giving
/// the answer. Not negative.
[[nodiscard]] constexpr std::chrono::milliseconds work_time(
    std::chrono::milliseconds remaining) noexcept {
  using std::chrono::milliseconds;
  const auto reserve = std::clamp(remaining / 10, milliseconds(50), milliseconds(500));
  return std::max(remaining - reserve, milliseconds(0));
}

/// How long may be worked between an answer and the request for the next invocation: at most
/// `budget`, and never into the last tenth of the invocation's time. Not negative.
[[nodiscard]] constexpr std::chrono::milliseconds rest_time(
    std::chrono::milliseconds remaining, std::chrono::milliseconds budget) noexcept {
  return std::min(work_time(remaining), budget);
}

}  // namespace hearth::adapters::lambda
