#include "bootstrap/fleet_link.hpp"

#include <utility>

#include "application/sleep_for.hpp"

namespace hearth::bootstrap {
namespace {

application::EpochRestorer::Settings restoring(const FleetLink::Settings& settings) {
  application::EpochRestorer::Settings chosen;
  chosen.lifetimes = settings.lifetimes;
  return chosen;
}

application::FleetMembership::Settings membership(const FleetLink::Settings& settings) {
  application::FleetMembership::Settings chosen;
  chosen.keeps_copies = settings.keeps_copies;
  chosen.compares_servers = settings.compares_servers;
  return chosen;
}

}  // namespace

FleetLink::FleetLink(Parts parts, Settings settings)
    : parts_(parts),
      restorer_(parts.fleet, parts.repository, parts.cache, parts.telemetry, restoring(settings)),
      membership_(parts.engine, parts.fleet, parts.view, restorer_, parts.clock,
                  membership(settings), std::move(settings.restored)) {
  application::FleetListener listener;
  listener.changed = [this](const domain::Environment& environment,
                            const std::vector<domain::FlagKey>& keys) {
    auto& lease = parts_.view.lease(environment);
    for (const auto& key : keys) lease.note_change(key);
  };
  listener.confirmed = [this](std::uint64_t number, const std::string& member) {
    parts_.announcer.confirmed(number, member);
  };
  parts_.fleet.listen(std::move(listener));
}

application::Task<bool> FleetLink::prove(domain::Environment environment,
                                         application::Deadline deadline) {
  constexpr std::chrono::milliseconds poll{5};
  bool is_proven = co_await membership_.beat(environment);
  while (!is_proven && std::chrono::steady_clock::now() < deadline) {
    co_await application::sleep_for(parts_.engine, poll);
    is_proven = co_await membership_.beat(environment);
  }
  co_return is_proven;
}

application::Task<void> FleetLink::leave() {
  membership_.stop_keeping_copies();
  constexpr std::chrono::milliseconds patience{200};
  co_await parts_.fleet.leave(application::deadline_in(patience));
}

}  // namespace hearth::bootstrap
