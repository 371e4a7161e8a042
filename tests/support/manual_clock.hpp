#pragma once

#include <atomic>
#include <chrono>

#include "application/ports/clock.hpp"

namespace hearth::test_support {

/// A clock turned by hand. Begins at 2026-01-01T00:00:00Z and an arbitrary steady time.
/// Threading: any thread.
class ManualClock final : public application::Clock {
 public:
  ManualClock() = default;

  [[nodiscard]] domain::Timestamp now() const override {
    return domain::Timestamp(std::chrono::milliseconds(now_ms_.load()));
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(steady_ns_.load()));
  }

  [[nodiscard]] std::chrono::nanoseconds since_boot() const override {
    return std::chrono::nanoseconds(steady_ns_.load());
  }

  /// All times go forward together.
  void advance(std::chrono::nanoseconds by) {
    steady_ns_ += by.count();
    now_ms_ += std::chrono::duration_cast<std::chrono::milliseconds>(by).count();
  }

  /// The time of day jumps, as it may; the steady time does not.
  void set_now(domain::Timestamp now) { now_ms_ = now.time_since_epoch().count(); }

 private:
  static constexpr domain::Timestamp beginning =
      std::chrono::sys_days{std::chrono::January / 1 / 2026};
  std::atomic<std::int64_t> now_ms_{beginning.time_since_epoch().count()};
  std::atomic<std::int64_t> steady_ns_{std::int64_t{1'000'000} * 1'000'000'000};
};

}  // namespace hearth::test_support
