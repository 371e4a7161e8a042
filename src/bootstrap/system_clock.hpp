#pragma once

#include <atomic>
#include <ctime>

#include "application/ports/clock.hpp"

namespace hearth::bootstrap {

/// The operating system's time.
class SystemClock final : public application::Clock {
 public:
  domain::Timestamp now() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::now();
  }
  std::chrono::nanoseconds since_boot() const override {
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec) +
           std::chrono::nanoseconds(unseen_.load(std::memory_order_relaxed));
  }

  /// The machine stood still for so long, and its time since boot with it: what is kept by that
  /// time, such as leases, is older than it seems. Any thread.
  void add_unseen(std::chrono::nanoseconds time) noexcept {
    unseen_.fetch_add(time.count(), std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> unseen_ = 0;
};

}  // namespace hearth::bootstrap
