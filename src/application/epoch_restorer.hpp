#pragma once

#include <chrono>

#include "application/cache_lifetimes.hpp"
#include "application/ports/cache_adapter.hpp"
#include "application/ports/flag_repository.hpp"
#include "application/ports/fleet.hpp"
#include "application/ports/telemetry.hpp"
#include "application/task.hpp"

namespace hearth::application {

/// Restores order in a shared cache whose memory was interrupted: compares every entry that is
/// there with the database, then begins a new epoch (docs/coherence/README.md, rule 4). Until then
/// nobody serves from that cache. First of all it puts its claim in the epoch's place, so that
/// nobody else's writes are accepted between its look at an entry and the new epoch.
///
/// Threading: its own executor, to which the cache and the fleet belong.
class EpochRestorer {
 public:
  struct Settings {
    CacheLifetimes lifetimes;
    std::chrono::milliseconds claim{3'000};  ///< for how long others leave it to this process
    std::chrono::milliseconds page_timeout{2'000};
  };

  EpochRestorer(Fleet& fleet, FlagRepository& repository, CacheAdapter& cache, Telemetry& telemetry,
                Settings settings);

  /// Restores order if nobody else does so at the moment. `found`: the heartbeat that showed no
  /// epoch of its server. True: a new epoch has begun, made by this process.
  [[nodiscard]] Task<bool> restore(domain::Environment environment, Heartbeat found);

 private:
  Task<domain::Result<void>> compare_entries(domain::Environment environment, std::string server,
                                             std::string claim);
  Task<domain::Result<void>> compare_page(domain::Environment environment, EntryPage page,
                                          std::string server, std::string claim);
  [[nodiscard]] Deadline deadline() const { return deadline_in(settings_.page_timeout); }

  Fleet& fleet_;
  FlagRepository& repository_;
  CacheAdapter& cache_;
  Telemetry& telemetry_;
  const Settings settings_;
};

}  // namespace hearth::application
