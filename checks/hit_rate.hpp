#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace hearth::checks {

/// Hits and misses by the time of their answers, in intervals of 100 ms. Threading: one thread;
/// histories of several threads can be added up.
class HitRateHistory {
 public:
  static constexpr std::chrono::milliseconds interval{100};

  struct Counts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    [[nodiscard]] std::uint64_t reads() const noexcept { return hits + misses; }
    /// 0..1; nothing if nobody read.
    [[nodiscard]] std::optional<double> rate() const noexcept {
      if (reads() == 0) return std::nullopt;
      return static_cast<double>(hits) / static_cast<double>(reads());
    }
  };

  /// Of answers from `before` ahead of the event to `after` behind it.
  HitRateHistory(std::chrono::milliseconds before, std::chrono::milliseconds after);

  /// `since_event` may be negative; what lies outside is not counted.
  void count(std::chrono::nanoseconds since_event, bool hit);
  void add(const HitRateHistory& other);

  [[nodiscard]] const std::vector<Counts>& intervals() const noexcept { return intervals_; }
  /// When an interval begins, seen from the event.
  [[nodiscard]] std::chrono::milliseconds start_of(std::size_t interval) const noexcept;

  /// The first time after the event, to the interval, from which on the next half second has this
  /// hit rate or a better one; 0 if it was never lost. Nothing if that does not happen. Intervals
  /// without reads say nothing; half a second without any is no recovery.
  [[nodiscard]] std::optional<std::chrono::milliseconds> time_back_to(double rate) const;

 private:
  std::chrono::milliseconds before_;
  std::vector<Counts> intervals_;
};

}  // namespace hearth::checks
