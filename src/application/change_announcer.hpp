#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "application/confirmations.hpp"
#include "application/fleet_view.hpp"
#include "application/ports/cache_adapter.hpp"
#include "application/ports/fleet.hpp"
#include "application/task.hpp"

namespace hearth::application {

/// Brings committed changes into force in every process: writes them into the shared cache, through
/// the fence, publishes them, and waits until all who may hold near copies have confirmed, or until
/// their leases have ended (docs/coherence/README.md, rule 7).
///
/// Threading: its own executor.
class ChangeAnnouncer {
 public:
  struct Settings {
    std::chrono::milliseconds lease = lease_duration;
    std::chrono::milliseconds write_timeout{500};  ///< of a write and its publication
    bool waits_for_confirmations = true;           ///< false only in the tests' controls
  };

  /// `fleet`: null if no other process shares the cache, through which is written then.
  ChangeAnnouncer(Executor executor, CacheAdapter& cache, Fleet* fleet, FleetView& view,
                  Settings settings);

  /// What became of changes.
  struct Written {
    WriteReport report;  ///< of the entries, in their order
    /// True: no process serves an older state of what the report says is there. False: that is not
    /// certain; write them again.
    bool announced = false;
  };

  /// Writes `entries`, which were read from the database after `snapshot` was taken. Many travel in
  /// several messages; the first that cannot be announced ends it, and the rest is told as failed.
  [[nodiscard]] Task<Written> write(domain::Environment environment,
                                    std::vector<CacheEntry> entries, CacheSnapshot snapshot);

  /// Publishes without waiting for anybody: for changes that nobody waits to be acknowledged.
  [[nodiscard]] Task<void> publish(domain::Environment environment,
                                   std::vector<domain::FlagState> states);

  /// A member has confirmed.
  void confirmed(std::uint64_t number, const std::string& member);

 private:
  struct Waiting;

  /// This process has no older copies of them from here on.
  void note_changes(const domain::Environment& environment, const std::vector<CacheEntry>& entries);
  /// Of as many entries as are announced in one go.
  Task<Written> write_some(domain::Environment environment, std::vector<CacheEntry> entries,
                           CacheSnapshot snapshot);
  /// Whether it is certain that what was written under `epoch` is in force everywhere.
  Task<bool> wait_for_members(std::uint64_t number, Announcement announced, std::string epoch);
  /// Until everybody has confirmed, or for a whole lease; `at_least` for so long, a lease at most.
  Task<void> wait(std::uint64_t number, std::chrono::milliseconds at_least);

  Executor executor_;
  CacheAdapter& cache_;
  Fleet* fleet_;
  FleetView& view_;
  const Settings settings_;
  Confirmations confirmations_;
  std::map<std::uint64_t, Waiting*> waiting_;  ///< on the stack of their `wait`
  std::uint64_t last_number_ = 0;
};

}  // namespace hearth::application
