#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "application/ports/warming_records.hpp"
#include "domain/flag.hpp"

namespace hearth::application {

// When a warm run happens, decided without a clock, a socket or a generator of random numbers: all
// that counts is told. Times of the marker are the cache's own and only compared with each other.

/// A wait picked evenly from 0 to `bound`, so that processes which begin together do not go on in
/// step (full jitter; Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
/// `random` is uniform over all 64 bits.
[[nodiscard]] std::chrono::milliseconds full_jitter(std::chrono::milliseconds bound,
                                                    std::uint64_t random);

/// How long ago the marker's run began. Nothing: there is no marker, or its time lies ahead, as it
/// may after a failover to a server with another clock; then it proves nothing.
[[nodiscard]] std::optional<std::chrono::milliseconds> age_of_marker(const WarmingState& state);

/// What a process that is starting does next.
enum class ColdStartStep {
  served,   ///< the fleet's warm flags are in the cache: nothing to do
  run,      ///< try to be the one that warms
  wait,     ///< another one is at it: look again soon
  give_up,  ///< the time is up; lazy fills have to do, never a bulk query of everybody
};

/// `coverage`: what part of the marker's sample is in the cache (nothing: not known, or nothing to
/// sample). A marker counts while what it speaks of can still be there: younger than the TTL, and
/// most of its sample found.
[[nodiscard]] ColdStartStep decide_cold_start(const WarmingState& state,
                                              std::optional<double> coverage,
                                              std::chrono::milliseconds ttl, bool time_is_up);

/// What the regular look at the shared cache leads to.
enum class UpkeepStep { nothing, refresh, recovery };

/// Less of the sample than this in the cache: what was warm has gone, and a run brings it back.
/// Single evictions are mended by reads.
inline constexpr double least_coverage = 0.75;

/// Evictions right after a run call for no further run: a cache too small for its warm set would
/// be filled without end.
inline constexpr std::chrono::milliseconds eviction_patience{1'000};

/// `refresh_after`: the marker's age at which the warm set is written anew, long before its TTL
/// ends. A lock that is held means that somebody sees to it already.
[[nodiscard]] UpkeepStep decide_upkeep(const WarmingState& state, std::optional<double> coverage,
                                       std::chrono::milliseconds refresh_after);

/// The age at which to refresh entries of this TTL: 30 to 40 % of it, so that even a second try
/// comes in time, and spread so that one process of a fleet comes first. Never 0.
[[nodiscard]] std::chrono::milliseconds pick_refresh_age(std::chrono::milliseconds ttl,
                                                         std::uint64_t random);

/// What a process that wants a run of its own (`manual`, `deployment`) does after a try to take
/// the lock.
enum class JoinStep {
  run,     ///< the lock is its own
  answer,  ///< the run that was under way has ended well: its record is the answer
  wait,
};

/// `first`: the state when it asked first. It joins the run that was under way then: whatever ended
/// well since has warmed what it would have warmed.
[[nodiscard]] JoinStep decide_join(const WarmingState& first, const WarmingLockAttempt& attempt);

/// When the next scheduled run is due. `next_after` gives the schedule's first time after a moment,
/// or nothing. The schedule goes on from the fleet's latest scheduled run, so that all processes
/// agree on each time whenever they started; if that lies too far back (nobody was there), from
/// `started`, when this process was: what was missed is not made up for.
template <class NextAfter>
[[nodiscard]] std::optional<domain::Timestamp> next_due(const NextAfter& next_after,
                                                        const std::optional<WarmMarker>& marker,
                                                        domain::Timestamp started) {
  if (marker && marker->scheduled_for_ms > 0) {
    const domain::Timestamp last{std::chrono::milliseconds(marker->scheduled_for_ms)};
    const std::optional<domain::Timestamp> due = next_after(last);
    if (!due || *due > started) return due;
  }
  return next_after(started);
}

/// The marker of a run that has ended well, which carries on what `before` knows of deployments
/// and schedules. `began_at_ms` is the cache's time when the lock was taken.
[[nodiscard]] WarmMarker marker_of(const WarmReport& report, std::int64_t began_at_ms,
                                   const std::optional<WarmMarker>& before);

}  // namespace hearth::application
