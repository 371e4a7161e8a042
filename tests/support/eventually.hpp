#pragma once

#include <chrono>
#include <thread>

namespace hearth::test_support {

/// Asks `predicate` every 3 ms until it says yes or `limit` has passed; answers what it said
/// last. The way to wait for something in a test: never a sleep for a guess.
template <class Predicate>
[[nodiscard]] bool eventually(std::chrono::milliseconds limit, Predicate predicate) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (true) {
    if (predicate()) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
}

}  // namespace hearth::test_support
