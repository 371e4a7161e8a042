#pragma once

#include <chrono>

namespace hearth::application {

/// The moment by which a call must have answered, by the steady clock. Every call that may wait
/// for something outside the process takes one.
using Deadline = std::chrono::steady_clock::time_point;

[[nodiscard]] inline Deadline deadline_in(std::chrono::steady_clock::duration allowed) {
  return std::chrono::steady_clock::now() + allowed;
}

}  // namespace hearth::application
