#pragma once

#include <atomic>
#include <string_view>

namespace hearth::application {

/// Whether this instance should get traffic, and how its dependencies are. It answers from what
/// requests have met: it never touches a pool or a socket itself.
/// Threading: any thread, without locks.
class Readiness {
 public:
  enum class State { starting, ready, degraded, draining };
  enum class DependencyState { unknown, up, down };

  /// The cold-start warm run has applied its flags, or has ended or run out of time without:
  /// from here on the instance is ready for good. Losing a dependency only degrades it, because
  /// a probe must not take all instances away at once.
  void first_warm_run_is_over() noexcept { started_ = true; }

  /// The process has been asked to end: no new traffic, please.
  void begin_draining() noexcept { draining_ = true; }

  void note_cache(bool reachable) noexcept { note(cache_, reachable); }
  void note_database(bool reachable) noexcept { note(database_, reachable); }

  [[nodiscard]] State state() const noexcept;
  [[nodiscard]] DependencyState cache() const noexcept { return cache_; }
  [[nodiscard]] DependencyState database() const noexcept { return database_; }

 private:
  static void note(std::atomic<DependencyState>& state, bool reachable) noexcept {
    const auto now = reachable ? DependencyState::up : DependencyState::down;
    if (state.load(std::memory_order_relaxed) != now) state = now;
  }

  std::atomic<bool> started_ = false;
  std::atomic<bool> draining_ = false;
  std::atomic<DependencyState> cache_ = DependencyState::unknown;
  std::atomic<DependencyState> database_ = DependencyState::unknown;
};

/// `starting`, `ready`, `degraded`, `draining`.
[[nodiscard]] std::string_view name_of(Readiness::State state) noexcept;

/// `unknown`, `up`, `down`.
[[nodiscard]] std::string_view name_of(Readiness::DependencyState state) noexcept;

}  // namespace hearth::application
