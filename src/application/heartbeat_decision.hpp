#pragma once

#include <optional>

#include "application/lease.hpp"
#include "application/ports/fleet.hpp"

namespace hearth::application {

/// What a heartbeat means for what this process may trust.
struct HeartbeatDecision {
  /// Set: the shared cache may be served from until then, under this epoch.
  std::optional<Lease::Time> shared_until;
  std::optional<Epoch> epoch;
  /// Set: near copies may be served until then.
  std::optional<Lease::Time> near_until;
  /// The near copies read so far are void.
  bool new_session = false;
  /// The cache holds what nobody has compared with the database: someone must restore order.
  bool needs_restoration = false;
};

/// What is known from before a heartbeat.
struct HeartbeatHistory {
  std::optional<Epoch> epoch;      ///< of the last heartbeat that showed a good one
  std::uint64_t subscription = 0;  ///< that answered last
  Lease::Time near_until{};        ///< the lease on near copies as it stands
};

/// Whether an epoch counts only on the server that made it. `no` is for the tests' controls: old
/// values that a restarted server brings back are then taken for good.
enum class ComparesServers { yes, no };

/// The epoch that a heartbeat shows, if the server that answers is the one that made it. The text
/// begins with that server's run id, then a space.
[[nodiscard]] std::optional<Epoch> proven_epoch(const Heartbeat& heartbeat,
                                                ComparesServers compares = ComparesServers::yes);

/// Pure: the rules 4 and 6 of docs/coherence/README.md. `sent`: when the heartbeat began, before
/// anything was sent; `received`: when its answer was there. Both leases run from `sent`, less
/// `lease_margin`.
///
/// Near copies begin anew (a new session) if the subscription is another one; if the lease had
/// ended before the answer came, or the registration before this heartbeat, because changes that
/// were acknowledged meanwhile did not wait for this process; and under another epoch.
[[nodiscard]] HeartbeatDecision decide_heartbeat(const Heartbeat& heartbeat,
                                                 const HeartbeatHistory& history, Lease::Time sent,
                                                 Lease::Time received, Lease::Time lease,
                                                 ComparesServers compares = ComparesServers::yes);

}  // namespace hearth::application
