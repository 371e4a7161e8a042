#pragma once

#include <chrono>
#include <thread>

namespace hearth::checks {

/// Spreads events evenly over time. Whoever falls behind does not catch up with more than a few
/// at once. Threading: one thread.
class Pace {
 public:
  /// `phase` (0 to 1): the part of an interval that passes before the first event. Threads that
  /// share a rate are given different ones, or their events come in bursts.
  explicit Pace(double per_second, double phase = 0)
      : interval_(std::chrono::duration_cast<Clock::duration>(
            std::chrono::duration<double>(1 / per_second))),
        next_(Clock::now() - interval_ +
              std::chrono::duration_cast<Clock::duration>(phase * interval_)) {}

  /// Returns when the next event is due.
  void wait() {
    next_ += interval_;
    const auto now = Clock::now();
    if (now - next_ > most_behind) next_ = now;
    if (next_ > now) std::this_thread::sleep_until(next_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds most_behind{20};

  Clock::duration interval_;
  Clock::time_point next_;
};

}  // namespace hearth::checks
