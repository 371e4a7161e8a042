#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "application/cache_warmer.hpp"
#include "application/ports/cache_adapter.hpp"
#include "application/ports/warming_records.hpp"
#include "application/task.hpp"
#include "application/warm_report.hpp"
#include "application/warm_run_log.hpp"

namespace hearth::application {

/// What somebody asks to be warmed.
struct WarmRequest {
  domain::Environment environment;
  std::optional<std::vector<domain::FlagKey>> keys = std::nullopt;  ///< absent: the hottest
  WarmTrigger trigger = WarmTrigger::manual;
  /// Names a deployment, for which the fleet is warmed once however often that is asked. Only
  /// without `keys`; empty: none.
  std::string deployment_id = {};
  /// How many of the hottest; absent: as many as usual. Another number than the usual one is
  /// warmed by a run of its own, as named keys are.
  std::optional<std::size_t> count = std::nullopt;
  /// When the run was due, for which the fleet is warmed once however often that is asked.
  std::optional<domain::Timestamp> scheduled_for = std::nullopt;
};

/// How warm the shared cache is, and what the fleet is doing about it.
struct Warmth {
  WarmingState state;
  /// What part of the marker's sample is in the cache, 0..1; nothing if there is no sample or the
  /// cache did not answer.
  std::optional<double> coverage;
  bool writable = false;  ///< the cache takes values now, as far as is known without asking it
};

/// Warm runs, once per fleet: who gets the lock runs, who does not waits for the other's result.
/// Each run of the hottest flags that ends well leaves its marker, and every run its record.
///
/// A run does not need the lock to be right, because its values go through the fence: a process
/// that was stopped for longer than its lock lives finds its values refused where they are too old,
/// and neither its marker nor its release touches what another one holds by then.
///
/// Never fails: what went wrong is in the report. Threading: works on `executor`, to which the
/// records, the cache and the warmer belong; may be called from any thread that runs an
/// `io_context`.
class FleetWarming {
 public:
  struct Settings {
    std::size_t top_n = 20;
    /// So many more of the hottest come back with a recovery: what was lost is what reads had put
    /// there as well, and nobody knows any more which flags that were.
    std::size_t recovered_beside = 10'000;
    std::chrono::milliseconds lock_life{2'000};  ///< extended every quarter of it during a run
    std::chrono::milliseconds records_timeout{500};
    std::chrono::milliseconds longest_join{10'000};  ///< then it runs beside the other one
    std::chrono::milliseconds longest_poll{50};      ///< between two looks at a run under way
  };

  FleetWarming(Executor executor, CacheWarmer& warmer, WarmingRecords& records, CacheAdapter& cache,
               const WarmRunLog& own_runs, Settings settings);

  /// For somebody who waits for the outcome (`manual`, `deployment`): runs, or joins the run that
  /// is under way somewhere in the fleet and answers with its report. The joined run may have read
  /// the database before the request was made; nothing that the asker did before is missed all the
  /// same, because changes reach the cache on their own way (write-through), not by warm runs.
  /// Named keys are always warmed by a run of its own, without lock or marker. When the records
  /// cannot be reached it runs anyway, and reports what came of it.
  [[nodiscard]] Task<WarmReport> warm(WarmRequest request);

  /// For triggers that watch the fleet: runs if nobody else does and the marker has not been
  /// written since `seen` was looked at. Nothing: another process was faster, or the records cannot
  /// be reached. `scheduled_for` goes into the marker if it is given.
  [[nodiscard]] Task<std::optional<WarmReport>> warm_unless_done(
      domain::Environment environment, WarmTrigger trigger, WarmingState seen,
      std::optional<domain::Timestamp> scheduled_for = std::nullopt);

  /// One look at the records and at the sampled flags. Fails as WarmingRecords does.
  [[nodiscard]] Task<domain::Result<Warmth>> look(domain::Environment environment);

  /// The coverage of such a look; nothing if it fails.
  [[nodiscard]] Task<std::optional<double>> coverage(domain::Environment environment);

  /// The fleet's recent runs of the environment and this process's own, newest first; when the
  /// records cannot be reached, only the latter.
  [[nodiscard]] Task<std::vector<WarmReport>> recent_runs(domain::Environment environment);

  /// One of them.
  [[nodiscard]] Task<std::optional<WarmReport>> find_run(domain::Environment environment,
                                                         std::string id);

 private:
  [[nodiscard]] std::size_t beside(WarmTrigger trigger) const;
  /// The lock, while this process believes that it holds it.
  struct Held {
    domain::Environment environment;
    std::string token;
    WarmingState state;  ///< when it was taken
  };
  class Extension;

  /// What a run under the lock came to. `marked`: its marker is written.
  struct HeldRun {
    WarmReport report;
    bool marked = false;
  };

  Task<WarmReport> warm_on_engine(WarmRequest request);
  Task<WarmReport> warm_for_deployment(WarmRequest request);
  Task<WarmReport> warm_for_schedule(WarmRequest request);
  Task<WarmReport> run_or_join(WarmRequest request);
  Task<WarmReport> run_alone(WarmRequest request);
  Task<HeldRun> run_holding(Held held, WarmRequest request,
                            std::optional<domain::Timestamp> scheduled_for);
  /// Writes the marker and frees the lock, with more than one try. False: it is not there.
  Task<bool> mark(Held held, WarmMarker marker);
  Task<std::optional<WarmReport>> run_unless_done(domain::Environment environment,
                                                  WarmTrigger trigger, WarmingState seen,
                                                  std::optional<domain::Timestamp> scheduled_for);
  Task<bool> note_deployment(domain::Environment environment, std::string deployment_id,
                             std::string run_id, Deadline deadline);
  Task<WarmReport> report_of(domain::Environment environment, WarmMarker marker,
                             std::string run_id);
  Task<domain::Result<Warmth>> look_on_engine(domain::Environment environment);
  Task<std::vector<WarmReport>> recent_on_engine(domain::Environment environment);

  [[nodiscard]] Deadline records_deadline() const { return deadline_in(settings_.records_timeout); }
  [[nodiscard]] Task<void> pause();

  Executor executor_;
  CacheWarmer& warmer_;
  WarmingRecords& records_;
  CacheAdapter& cache_;
  const WarmRunLog& own_runs_;
  const Settings settings_;
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace hearth::application
