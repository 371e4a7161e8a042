#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "application/deadline.hpp"

namespace hearth::adapters::redis {

/// Decides when a connection looks for commands whose deadline has passed. One timer serves them
/// all: it is set for the earliest deadline, and stays set when everything has been answered, so
/// that a command nearly always costs a comparison, and an idle connection nothing.
/// A deadline is noticed `tolerance` late at most, and looks are at least as far apart.
/// Threading: one owner. No clock: it is told what time it is.
class DeadlineWatch {
 public:
  static constexpr std::chrono::milliseconds tolerance{5};

  /// Whether the timer is set early enough for a command with that deadline.
  [[nodiscard]] bool covers(application::Deadline deadline) const noexcept {
    return set_for_ && *set_for_ - tolerance <= deadline;
  }

  /// The timer is to be set anew for a command with that deadline: when it is to fire. Never later
  /// than it would have.
  [[nodiscard]] application::Deadline set(application::Deadline deadline,
                                          application::Deadline now) noexcept {
    const auto moment = std::max<application::Deadline>(deadline, now + tolerance);
    set_for_ = set_for_ ? std::min(*set_for_, moment) : moment;
    return *set_for_;
  }

  /// It has fired, and is not set.
  void fired() noexcept { set_for_.reset(); }

 private:
  std::optional<application::Deadline> set_for_;
};

}  // namespace hearth::adapters::redis
