#pragma once

#include <chrono>

#include "domain/flag.hpp"

namespace hearth::application {

/// The time, as a constructor argument, so that tests can turn it by hand.
/// Threading: any thread, without blocking.
class Clock {
 public:
  virtual ~Clock() = default;

  /// The time of day in UTC, for what leaves the process (records, expiry of tokens). May jump.
  [[nodiscard]] virtual domain::Timestamp now() const = 0;

  /// For measuring how long something takes. Never goes back.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const = 0;

  /// For leases: like the steady time, but it also runs while the machine sleeps.
  [[nodiscard]] virtual std::chrono::nanoseconds since_boot() const = 0;
};

}  // namespace hearth::application
