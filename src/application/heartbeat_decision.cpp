#include "application/heartbeat_decision.hpp"

namespace hearth::application {

std::optional<Epoch> proven_epoch(const Heartbeat& heartbeat) {
  if (heartbeat.server.empty() || !heartbeat.epoch.starts_with(heartbeat.server + " ")) {
    return std::nullopt;
  }
  return Epoch{heartbeat.epoch, heartbeat.server};
}

HeartbeatDecision decide_heartbeat(const Heartbeat& heartbeat, const HeartbeatHistory& history,
                                   Lease::Time sent, Lease::Time received, Lease::Time lease) {
  HeartbeatDecision decision;
  decision.epoch = proven_epoch(heartbeat);
  if (!decision.epoch) {
    decision.needs_restoration = true;
    return decision;
  }
  decision.shared_until = sent + lease;
  if (heartbeat.subscription == 0) return decision;

  decision.near_until = sent + lease;
  const bool same_epoch = history.epoch && history.epoch->text == decision.epoch->text;
  decision.new_session = heartbeat.subscription != history.subscription || !same_epoch ||
                         !heartbeat.was_member || received >= history.near_until;
  return decision;
}

}  // namespace hearth::application
