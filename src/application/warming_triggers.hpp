#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "application/backoff.hpp"
#include "application/fleet_warming.hpp"
#include "application/ports/clock.hpp"
#include "application/ports/telemetry.hpp"
#include "application/readiness.hpp"
#include "application/task.hpp"

namespace hearth::application {

/// The first time of a schedule strictly after a moment; nothing if there is none.
using NextAfter = std::function<std::optional<domain::Timestamp>(domain::Timestamp)>;

/// The flags of an environment that this process has been asked for lately.
using KeysInUse = std::function<Task<std::vector<domain::FlagKey>>(domain::Environment)>;

/// Asks the shared cache itself whether it is in order, which takes a round trip. False: it has
/// lost its memory, or does not answer.
using ProvesCache = std::function<Task<bool>(domain::Environment)>;

/// What starts warm runs by itself in a long-lived process, for its own environment: cold start,
/// schedule, refresh before expiry, and recovery of a cache that lost its memory. Each happens once
/// per fleet (FleetWarming), whichever process comes first.
///
/// Threading: everything on the executor of `warming`'s engine.
class WarmingTriggers {
 public:
  struct Settings {
    domain::Environment environment;
    std::chrono::milliseconds ttl{300'000};  ///< of the entries that a run writes
    /// Between two looks at the marker and the sampled flags: how soon a loss is noticed.
    std::chrono::milliseconds check_interval{300};
    std::chrono::milliseconds recovery_spread{200};  ///< full jitter, so that no herd tramples
    std::chrono::milliseconds longest_poll{100};     ///< between two looks at another's run
    /// The same at a cold start: soon at first, for a run takes milliseconds; then less often,
    /// because those who wait must not take the machines from the one that all of them wait for.
    Backoff::Limits cold_start_poll{std::chrono::milliseconds(10), std::chrono::milliseconds(500)};
    /// After a run of its own that failed, or did not make the cache warm.
    Backoff::Limits retry{std::chrono::milliseconds(250), std::chrono::milliseconds(5'000)};
    /// The schedule is compared with the time of day, which may jump, at least this often.
    std::chrono::milliseconds longest_nap{30'000};
    /// What a recovery warms besides the hottest flags; empty: nothing. Who keeps near copies knows
    /// what else is asked for.
    KeysInUse keys_in_use = {};
    /// Before a recovery; empty: the cache is taken to be in order. A run that begins before the
    /// loss of the cache's memory was noticed would be refused after its query, and be repeated.
    ProvesCache proves_cache = {};
  };

  /// `clock` tells the time of day to the schedule.
  WarmingTriggers(Executor executor, FleetWarming& warming, const Clock& clock,
                  Telemetry& telemetry, Readiness& readiness, Settings settings);

  /// Sees to it that the fleet's warm flags are in the cache, by a run of this process or of
  /// another, and tells readiness when they are, or when the deadline has passed. Then nothing
  /// more is tried: reads fill the cache, and a whole fleet never asks for everything at once.
  [[nodiscard]] Task<void> cold_start(Deadline deadline);

  /// Looks at the cache regularly, for good: tells readiness how warm it is, refreshes before
  /// expiry, and recovers what was lost. `acts`: false only looks (warming is switched off).
  [[nodiscard]] Task<void> keep_warm(bool acts);

  /// One such look, and what follows from it: for a process that cannot look regularly.
  [[nodiscard]] Task<void> look_after(bool acts);

  /// Runs at the times of the schedule, for good.
  [[nodiscard]] Task<void> follow_schedule(NextAfter next_after);

  /// Warms again at once if what was warm has gone: for who has just put a cache in order again
  /// that had lost its memory.
  [[nodiscard]] Task<void> recover();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  Task<bool> take_cold_start_step(bool time_is_up);
  Task<void> end_cold_start_at(Deadline deadline);
  Task<void> upkeep(Warmth warmth);
  Task<std::chrono::milliseconds> follow_once(NextAfter next_after, domain::Timestamp& not_before);
  Task<void> pause();
  void note(const Warmth& warmth);
  void note(const WarmReport& report);

  Executor executor_;
  FleetWarming& warming_;
  const Clock& clock_;
  Telemetry& telemetry_;
  Readiness& readiness_;
  const Settings settings_;
  std::mt19937_64 random_{std::random_device{}()};
  std::chrono::milliseconds refresh_age_;
  bool was_warm_ = false;  ///< a marker was seen, or a run of this process went well
  Backoff retry_;
  Backoff cold_start_poll_;
  SteadyTime not_before_{};  ///< no upkeep run of its own until then
};

}  // namespace hearth::application
