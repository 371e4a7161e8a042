#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "application/confirmations.hpp"
#include "application/fleet_view.hpp"
#include "application/ports/cache_adapter.hpp"
#include "application/ports/fleet.hpp"
#include "application/task.hpp"

namespace hearth::application {

/// Brings a change that the shared cache holds into force in every process: publishes it and
/// waits until all who may hold near copies have confirmed, or until their leases have ended
/// (docs/coherence/README.md, rule 7).
///
/// Threading: its own executor.
class ChangeAnnouncer {
 public:
  struct Settings {
    std::chrono::milliseconds lease = lease_duration;
    std::chrono::milliseconds publish_timeout{500};
    bool waits_for_confirmations = true;  ///< false only in the tests' controls
  };

  /// `fleet`: null if no other process shares the cache.
  ChangeAnnouncer(Executor executor, Fleet* fleet, FleetView& view, Settings settings);

  /// The flags' new states are in the cache, written under the epoch of `written`. True: no
  /// process serves an older state any more. False: that is not certain; announce them again.
  [[nodiscard]] Task<bool> announce(domain::Environment environment,
                                    std::vector<domain::FlagState> states, CacheSnapshot written);

  /// Publishes without waiting for anybody: for changes that nobody waits to be acknowledged.
  [[nodiscard]] Task<void> publish(domain::Environment environment,
                                   std::vector<domain::FlagState> states);

  /// A member has confirmed.
  void confirmed(std::uint64_t number, const std::string& member);

 private:
  struct Waiting;

  std::vector<ChangedFlagKey> note_changes(const domain::Environment& environment,
                                           const std::vector<domain::FlagState>& states);
  Task<bool> publish_and_wait(domain::Environment environment, std::vector<ChangedFlagKey> changes,
                              std::uint64_t number, CacheSnapshot written);
  /// Until everybody has confirmed, or for a whole lease; `at_least` for so long, a lease at most.
  Task<void> wait(std::uint64_t number, std::chrono::milliseconds at_least);

  Executor executor_;
  Fleet* fleet_;
  FleetView& view_;
  const Settings settings_;
  Confirmations confirmations_;
  std::map<std::uint64_t, Waiting*> waiting_;  ///< on the stack of their `wait`
  std::uint64_t last_number_ = 0;
};

}  // namespace hearth::application
