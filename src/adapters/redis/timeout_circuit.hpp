#pragma once

namespace hearth::adapters::redis {

/// Decides when a connection whose commands time out is given up, so that requests stop paying
/// for it: after a few moments with timeouts and no reply at all between them. A server that is
/// merely slow still replies and keeps its connection.
/// Threading: one owner. No clock: it is told what happened.
class TimeoutCircuit {
 public:
  static constexpr int most_silent_timeouts = 3;

  /// At least one command has run into its deadline. True: give the connection up.
  [[nodiscard]] bool timed_out() noexcept { return ++silent_timeouts_ >= most_silent_timeouts; }

  /// Any reply has arrived, late ones included.
  void replied() noexcept { silent_timeouts_ = 0; }

 private:
  int silent_timeouts_ = 0;
};

}  // namespace hearth::adapters::redis
