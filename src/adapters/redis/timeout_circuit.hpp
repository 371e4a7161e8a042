#pragma once

#include <chrono>
#include <optional>

namespace hearth::adapters::redis {

/// Decides when a connection whose commands time out is given up, so that requests stop paying
/// for it: when timeouts go on for a while without any reply. A server that is merely slow still
/// replies and keeps its connection; so does one that stood still for a moment (a fork, a slow
/// command, a machine with too much to do), which a fleet that connects anew would only make worse.
/// Pure: told what happened, and when. Threading: one owner.
class TimeoutCircuit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds patience{200};

  /// At least one command has run into its deadline. True: give the connection up.
  [[nodiscard]] bool timed_out(Time now) noexcept {
    if (!silent_since_) silent_since_ = now;
    return now - *silent_since_ >= patience;
  }

  /// Any reply has arrived, late ones included.
  void replied() noexcept { silent_since_.reset(); }

 private:
  std::optional<Time> silent_since_;  ///< the first timeout since the last reply
};

}  // namespace hearth::adapters::redis
