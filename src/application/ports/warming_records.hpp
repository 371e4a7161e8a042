#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "application/deadline.hpp"
#include "application/task.hpp"
#include "application/warm_report.hpp"
#include "domain/error.hpp"
#include "domain/names.hpp"

namespace hearth::application {

/// What the fleet remembers of its last successful warm run of the hottest flags.
struct WarmMarker {
  std::string run_id;
  WarmTrigger trigger = WarmTrigger::manual;
  /// The cache's time when the run began, in ms: every entry it wrote is younger than that.
  std::int64_t began_at_ms = 0;
  std::size_t warmed = 0;
  std::vector<domain::FlagKey> sample;  ///< some of the flags it warmed, or all if they are few

  // Of earlier runs too: a later run carries them on.
  std::string deployment_id;          ///< the latest deployment that was warmed for; empty: none
  std::string deployment_run_id;      ///< the run that did
  std::int64_t scheduled_for_ms = 0;  ///< when the latest scheduled run was due, UTC; 0: none

  friend bool operator==(const WarmMarker&, const WarmMarker&) = default;
};

/// The lock and the marker of one environment, seen at one moment.
struct WarmingState {
  std::int64_t cache_time_ms = 0;    ///< the cache's time of that moment
  std::optional<WarmMarker> marker;  ///< nothing: there is none, or none that can be read
  std::string marker_identity;       ///< changes with every write of the marker; opaque
  bool locked = false;               ///< somebody held the lock
};

/// How to take the lock.
struct WarmingLockRequest {
  std::string token;                 ///< proves later that the lock is one's own
  std::chrono::milliseconds life{};  ///< it frees itself after this; at least 1 ms
  /// Take it only if the marker is still the one with this identity: nobody has finished a run
  /// since it was looked at. Nothing: whatever the marker is.
  std::optional<std::string> marker_identity;
};

struct WarmingLockAttempt {
  bool acquired = false;
  WarmingState state;  ///< just before the attempt
};

/// What the processes of a fleet share about warming, for each environment: a lock that elects who
/// runs, the marker of the last run, and the records of recent runs. It keeps a fleet from doing
/// the same work many times; correctness never rests on it (the fence sees to that).
///
/// Threading: an instance belongs to one executor and is used on its thread only.
/// Every operation is atomic and idempotent, `record` apart. Failures are `unavailable` (the shared
/// memory cannot be reached, said at once where that is known) and `deadline_exceeded`: whether
/// something happened is then not known.
class WarmingRecords {
 public:
  virtual ~WarmingRecords() = default;

  [[nodiscard]] virtual Task<domain::Result<WarmingState>> look(domain::Environment environment,
                                                                Deadline deadline) = 0;

  /// Takes the lock if nobody holds it, not even with this token.
  [[nodiscard]] virtual Task<domain::Result<WarmingLockAttempt>> acquire(
      domain::Environment environment, WarmingLockRequest request, Deadline deadline) = 0;

  /// Lets the lock live for `life` from now. False: it is not (or no longer) held with this token,
  /// and nothing happened.
  [[nodiscard]] virtual Task<domain::Result<bool>> extend(domain::Environment environment,
                                                          std::string token,
                                                          std::chrono::milliseconds life,
                                                          Deadline deadline) = 0;

  /// Frees the lock. False as for `extend`: another's lock survives.
  [[nodiscard]] virtual Task<domain::Result<bool>> release(domain::Environment environment,
                                                           std::string token,
                                                           Deadline deadline) = 0;

  /// Writes the marker and frees the lock, both or (false, as for `extend`) neither.
  [[nodiscard]] virtual Task<domain::Result<bool>> finish(domain::Environment environment,
                                                          std::string token, WarmMarker marker,
                                                          Deadline deadline) = 0;

  /// Most records that are kept of an environment; the oldest go first. Refresh runs, of which
  /// there are many and all alike, have a shorter list of their own, so that they do not push the
  /// others out.
  static constexpr std::size_t most_runs = 100;
  static constexpr std::size_t most_refresh_runs = 20;

  /// Adds the record of a run to those of its environment, without its `sample`.
  [[nodiscard]] virtual Task<domain::Result<void>> record(WarmReport report, Deadline deadline) = 0;

  /// The records of the environment's recent runs, in no particular order.
  [[nodiscard]] virtual Task<domain::Result<std::vector<WarmReport>>> recent(
      domain::Environment environment, Deadline deadline) = 0;
};

}  // namespace hearth::application
