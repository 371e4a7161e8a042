#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>

namespace hearth::test_support {

/// Runs `context` on the calling thread until `predicate` says yes or 10 s have passed; answers
/// what it said last. For background work that waits on timers of a few ms.
template <class Predicate>
[[nodiscard]] bool run_until(boost::asio::io_context& context, Predicate predicate) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!predicate()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    context.restart();
    context.run_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace hearth::test_support
