#pragma once

#include <memory>

#include "adapters/memory/memory_warming_records.hpp"
#include "adapters/redis/redis_warming_records.hpp"
#include "application/cache_warmer.hpp"
#include "application/fleet_warming.hpp"
#include "application/ports/clock.hpp"
#include "application/ports/telemetry.hpp"
#include "application/readiness.hpp"
#include "application/warm_run_log.hpp"
#include "application/warming_triggers.hpp"
#include "bootstrap/configuration.hpp"

namespace hearth::bootstrap {

/// Everything that warms, wired together: the warmer, what the fleet shares about warm runs, and
/// what starts them.
/// Threading: made while the engine's thread does not run yet; its tasks run there.
class Warming {
 public:
  struct Parts {
    application::Executor engine;
    application::FlagRepository& repository;
    application::CacheAdapter& cache;  ///< the engine's own
    const application::Clock& clock;
    application::Telemetry& telemetry;
    application::Readiness& readiness;
    application::KeysInUse keys_in_use;
    application::ProvesCache proves_cache;
    bool recovers = true;  ///< false only in tests' controls: nothing between scheduled runs
    bool elects = true;    ///< false only in tests' controls: every process warms for itself
  };

  Warming(const Configuration& configuration, Parts parts);

  [[nodiscard]] application::FleetWarming& fleet() noexcept { return fleet_; }

  /// Waits until what the fleet shares can be reached. `deadline_exceeded` says why not.
  [[nodiscard]] application::Task<domain::Result<void>> wait_for_records(
      application::Deadline deadline);

  /// Cold start, then the regular upkeep and the schedule, for good; as far as the configuration
  /// wants them.
  [[nodiscard]] application::Task<void> run(application::Deadline cold_start_deadline);

  /// The cold start alone; then `look_after` is to be called now and then.
  [[nodiscard]] application::Task<void> run_cold_start(application::Deadline deadline);

  /// One look at how warm the cache is, and what follows from it.
  [[nodiscard]] application::Task<void> look_after();

  /// Makes the connection anew.
  void renew_connection();

  /// The shared cache of this environment has been put in order after it had lost its memory:
  /// warms it again, in the background. On the engine's thread.
  void cache_restored(const domain::Environment& environment);

 private:
  void follow_schedule();
  [[nodiscard]] application::WarmingRecords& records() const;

  const Configuration configuration_;
  const bool recovers_;
  const application::Executor engine_;
  application::Readiness& readiness_;
  std::unique_ptr<adapters::redis::RedisWarmingRecords> redis_records_;     ///< null without Redis
  std::unique_ptr<adapters::memory::MemoryWarmingRecords> memory_records_;  ///< null with Redis
  application::WarmRunLog own_runs_;
  application::CacheWarmer warmer_;
  application::FleetWarming fleet_;
  application::WarmingTriggers triggers_;
  bool cold_start_is_over_ = false;  ///< until then the cold start sees to it
};

}  // namespace hearth::bootstrap
