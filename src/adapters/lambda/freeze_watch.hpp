#pragma once

#include <algorithm>
#include <chrono>

#include "application/ports/clock.hpp"

namespace hearth::adapters::lambda {

/// What to make of the time between two invocations.
struct Thaw {
  /// By how much the time of day went on while the time since boot stood still: a frozen machine.
  std::chrono::nanoseconds unseen{0};
  /// Long enough for leases to have ended: the shared cache has to be proven again before a read.
  bool proves_cache = false;
  /// Long enough for connections to have died without a sign: they are made anew.
  bool renews_connections = false;

  friend bool operator==(const Thaw&, const Thaw&) = default;
};

/// Notices that the process was frozen while it waited for an invocation. The clock that leases are
/// kept by runs on in a stopped process, but not in a stopped machine, and Lambda may stop either;
/// the time of day is put right after both. Threading: one owner.
class FreezeWatch {
 public:
  struct Limits {
    /// Two clocks that differ by less were only read at different moments.
    std::chrono::milliseconds tolerance{50};
    std::chrono::milliseconds proof{200};
    std::chrono::milliseconds renewal{30'000};
  };

  explicit FreezeWatch(const application::Clock& clock) : FreezeWatch(clock, Limits()) {}
  FreezeWatch(const application::Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

  /// From here on the process may be frozen.
  void rest() {
    wall_ = clock_.now();
    boot_ = clock_.since_boot();
  }

  /// It runs again.
  [[nodiscard]] Thaw wake() const {
    const std::chrono::nanoseconds by_wall = clock_.now() - wall_;
    const auto by_boot = clock_.since_boot() - boot_;
    const auto rested = std::max(by_wall, by_boot);
    const auto gap = by_wall - by_boot;
    return {.unseen = gap > limits_.tolerance ? gap : std::chrono::nanoseconds(0),
            .proves_cache = rested >= limits_.proof,
            .renews_connections = rested >= limits_.renewal};
  }

 private:
  const application::Clock& clock_;
  const Limits limits_;
  domain::Timestamp wall_{};
  std::chrono::nanoseconds boot_{};
};

}  // namespace hearth::adapters::lambda
