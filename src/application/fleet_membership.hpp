#pragma once

#include <functional>
#include <map>
#include <set>

#include "application/backoff.hpp"
#include "application/epoch_restorer.hpp"
#include "application/fleet_view.hpp"
#include "application/heartbeat_decision.hpp"
#include "application/ports/clock.hpp"
#include "application/ports/fleet.hpp"
#include "application/task.hpp"

namespace hearth::application {

/// Keeps this process a member of its fleets: sends the heartbeats, keeps the leases of the
/// FleetView true to their answers, and has order restored where a heartbeat shows the need.
///
/// Threading: its own executor.
class FleetMembership {
 public:
  struct Settings {
    std::chrono::milliseconds lease = lease_duration;
    std::chrono::milliseconds interval = heartbeat_interval;
    /// Between heartbeats while the cache may not be used. The first tries follow each other
    /// quickly: a start finds its connections made within milliseconds, and warms only then. Later
    /// ones must not: a whole fleet that starts at once waits for the epoch that one of it makes.
    Backoff::Limits eager{std::chrono::milliseconds(2), std::chrono::milliseconds(100)};
    std::chrono::milliseconds beat_timeout{300};
    bool keeps_copies = true;  ///< false: no near caches, nobody has to wait for this process
    ComparesServers compares_servers = ComparesServers::yes;  ///< no only in the tests' controls
  };

  /// Called when this process has begun a new epoch: the cache is in order, and may be empty.
  using Restored = std::function<void(const domain::Environment&)>;

  FleetMembership(Executor executor, Fleet& fleet, FleetView& view, EpochRestorer& restorer,
                  const Clock& clock, Settings settings, Restored restored);

  /// Beats for ever.
  [[nodiscard]] Task<void> run();

  /// One heartbeat. True: the shared cache may be used.
  [[nodiscard]] Task<bool> beat(domain::Environment environment);

  /// From now on no near copy is served, and heartbeats do not register this process.
  void stop_keeping_copies();

  /// Waits until the shared cache may be used in that environment. False: not by then.
  [[nodiscard]] Task<bool> wait_until_trusted(domain::Environment environment, Deadline deadline);

 private:
  Task<void> restore(domain::Environment environment, Heartbeat found);

  Executor executor_;
  Fleet& fleet_;
  FleetView& view_;
  EpochRestorer& restorer_;
  const Clock& clock_;
  const Settings settings_;
  bool keeps_copies_;
  const Restored restored_;
  std::map<domain::Environment, HeartbeatHistory> history_;
  std::set<domain::Environment> restoring_;
};

}  // namespace hearth::application
