#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string_view>

namespace hearth::application {

/// Whether this instance should get traffic, how its dependencies are and how warm the cache is. It
/// answers from what requests and the regular checks have met: it never touches a pool or a socket
/// itself.
/// Threading: any thread, without locks.
class Readiness {
 public:
  enum class State { starting, ready, degraded, draining };
  enum class DependencyState { unknown, up, down };
  using SteadyTime = std::chrono::steady_clock::time_point;

  /// The cold-start warm run has applied its flags, or has ended or run out of time without:
  /// from here on the instance is ready for good. Losing a dependency only degrades it, because
  /// a probe must not take all instances away at once.
  void first_warm_run_is_over() noexcept { started_ = true; }

  /// The process has been asked to end: no new traffic, please.
  void begin_draining() noexcept { draining_ = true; }

  void note_cache(bool reachable) noexcept { note(cache_, reachable); }
  void note_database(bool reachable) noexcept { note(database_, reachable); }

  /// What part of the warm set was in the cache when it was looked at last, 0..1, and since when
  /// its oldest entry is there at the earliest. Nothing: not known.
  void note_warm_set(std::optional<double> coverage, std::optional<SteadyTime> oldest) noexcept {
    coverage_ = coverage.value_or(unknown_coverage);
    oldest_ = oldest.value_or(SteadyTime{});
  }

  [[nodiscard]] State state() const noexcept;
  [[nodiscard]] std::optional<double> coverage() const noexcept;
  /// At most this old is every entry of the warm set; never negative.
  [[nodiscard]] std::optional<std::chrono::milliseconds> age_of_oldest(
      SteadyTime now) const noexcept;
  [[nodiscard]] DependencyState cache() const noexcept { return cache_; }
  [[nodiscard]] DependencyState database() const noexcept { return database_; }

 private:
  static void note(std::atomic<DependencyState>& state, bool reachable) noexcept {
    const auto now = reachable ? DependencyState::up : DependencyState::down;
    if (state.load(std::memory_order_relaxed) != now) state = now;
  }

  static constexpr double unknown_coverage = -1;

  std::atomic<bool> started_ = false;
  std::atomic<bool> draining_ = false;
  std::atomic<DependencyState> cache_ = DependencyState::unknown;
  std::atomic<DependencyState> database_ = DependencyState::unknown;
  std::atomic<double> coverage_ = unknown_coverage;
  std::atomic<SteadyTime> oldest_ = SteadyTime{};  ///< the epoch: not known
};

/// `starting`, `ready`, `degraded`, `draining`.
[[nodiscard]] std::string_view name_of(Readiness::State state) noexcept;

/// `unknown`, `up`, `down`.
[[nodiscard]] std::string_view name_of(Readiness::DependencyState state) noexcept;

}  // namespace hearth::application
