#pragma once

#include "application/change_announcer.hpp"
#include "application/epoch_restorer.hpp"
#include "application/fleet_membership.hpp"

namespace hearth::bootstrap {

/// What makes this process a member of its fleet, wired together: heartbeats, the restoration of
/// epochs, and what is heard of changes and confirmations.
///
/// Threading: the engine's executor.
class FleetLink {
 public:
  struct Parts {
    application::Executor engine;
    application::Fleet& fleet;
    application::FleetView& view;
    application::ChangeAnnouncer& announcer;
    application::FlagRepository& repository;
    application::CacheAdapter& cache;
    const application::Clock& clock;
    application::Telemetry& telemetry;
  };

  struct Settings {
    application::CacheLifetimes lifetimes;
    bool keeps_copies = true;
    application::ComparesServers compares_servers = application::ComparesServers::yes;
    application::FleetMembership::Restored restored = [](const domain::Environment&) {};
  };

  FleetLink(Parts parts, Settings settings);

  /// Beats for ever.
  [[nodiscard]] application::Task<void> run() { return membership_.run(); }

  /// As FleetMembership::wait_until_trusted.
  [[nodiscard]] application::Task<bool> wait_until_trusted(domain::Environment environment,
                                                           application::Deadline deadline) {
    return membership_.wait_until_trusted(std::move(environment), deadline);
  }

  /// Sends heartbeats now, not when the next one is due, until one proves that the shared cache
  /// may be used (true), or until the deadline.
  [[nodiscard]] application::Task<bool> prove(domain::Environment environment,
                                              application::Deadline deadline);

  /// Gives the near copies up and says so.
  [[nodiscard]] application::Task<void> leave();

 private:
  Parts parts_;
  application::EpochRestorer restorer_;
  application::FleetMembership membership_;
};

}  // namespace hearth::bootstrap
