#pragma once

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
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }
};

}  // namespace hearth::bootstrap
