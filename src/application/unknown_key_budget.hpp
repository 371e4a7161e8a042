#pragma once

#include <chrono>
#include <cstddef>

namespace hearth::application {

/// Bounds how many keys that have never existed are remembered in the cache, so that a caller
/// who makes names up cannot fill it: at most `most` a window, whose length is their TTL.
/// Threading: one owner. No clock: it is told the time.
class UnknownKeyBudget {
 public:
  UnknownKeyBudget(std::size_t most, std::chrono::milliseconds window)
      : most_(most), window_(window) {}

  /// True: one more may be remembered, and has been counted.
  [[nodiscard]] bool take(std::chrono::steady_clock::time_point now) {
    if (now - window_start_ >= window_) {
      window_start_ = now;
      taken_ = 0;
    }
    if (taken_ >= most_) return false;
    ++taken_;
    return true;
  }

 private:
  std::size_t most_;
  std::chrono::milliseconds window_;
  std::chrono::steady_clock::time_point window_start_{};
  std::size_t taken_ = 0;
};

}  // namespace hearth::application
