#include "application/heartbeat_decision.hpp"

namespace hearth::application {

std::optional<Epoch> proven_epoch(const Heartbeat& heartbeat, ComparesServers compares) {
  const bool is_epoch = !heartbeat.epoch.empty() && !heartbeat.epoch.starts_with("restoring ");
  const bool is_its_own = heartbeat.epoch.starts_with(heartbeat.server + " ");
  if (heartbeat.server.empty() || !is_epoch) return std::nullopt;
  if (!is_its_own && compares == ComparesServers::yes) return std::nullopt;
  return Epoch{heartbeat.epoch, heartbeat.server};
}

HeartbeatDecision decide_heartbeat(const Heartbeat& heartbeat, const HeartbeatHistory& history,
                                   Lease::Time sent, Lease::Time received, Lease::Time lease,
                                   ComparesServers compares) {
  HeartbeatDecision decision;
  decision.epoch = proven_epoch(heartbeat, compares);
  if (!decision.epoch) {
    decision.needs_restoration = true;
    return decision;
  }
  const auto until = sent + lease - lease_margin;
  decision.shared_until = until;
  if (heartbeat.subscription == 0) return decision;

  decision.near_until = until;
  const bool same_epoch = history.epoch && history.epoch->text == decision.epoch->text;
  decision.new_session = heartbeat.subscription != history.subscription || !same_epoch ||
                         !heartbeat.was_member || received >= history.near_until;
  return decision;
}

}  // namespace hearth::application
