#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "application/cache_lifetimes.hpp"
#include "application/ports/cache_adapter.hpp"
#include "application/ports/clock.hpp"
#include "application/ports/flag_repository.hpp"
#include "application/ports/telemetry.hpp"
#include "application/task.hpp"
#include "application/warm_report.hpp"
#include "application/warm_run_log.hpp"

namespace hearth::application {

/// The one engine of every warm run: choose flags, one database query, one pipeline, one record.
/// The flags stream: while the query is under way, what it has given already is being written, and
/// the one waits for the other (WarmPipeline), so that a run of any size needs the same memory.
///
/// Never throws and never fails: it returns a report. A run has a deadline and works beside
/// request handling. Threading: its work happens on `executor`, to which the cache belongs; the
/// public functions may be called from any thread that runs an `io_context`.
class CacheWarmer {
 public:
  struct Settings {
    CacheLifetimes lifetimes;
    bool include_disabled = false;
    std::chrono::milliseconds cold_start_timeout{5'000};
    std::chrono::milliseconds run_timeout{10'000};  ///< of every other run
    std::size_t batch = 500;                        ///< flags handed from the query to one write
    std::size_t writes_at_once = 4;
  };

  CacheWarmer(Executor executor, FlagRepository& repository, CacheAdapter& cache,
              const Clock& clock, Telemetry& telemetry, WarmRunLog& log, Settings settings);

  /// Warms the `count` hottest enabled flags; if no flag has ever been read, all enabled flags.
  /// `beside`: so many of the next ones too, which the report's sample leaves out.
  [[nodiscard]] Task<WarmReport> warm_top_flags(domain::Environment environment, std::size_t count,
                                                WarmTrigger trigger, std::size_t beside = 0);

  /// Warms exactly these flags, disabled ones too; keys without a live flag are `missing`.
  [[nodiscard]] Task<WarmReport> warm_flags(domain::Environment environment,
                                            std::vector<domain::FlagKey> keys, WarmTrigger trigger);

 private:
  /// What a run is to warm: these keys, or else the `limit` hottest. Its sample is taken from the
  /// first `sampled` of them.
  struct Choice {
    std::optional<std::vector<domain::FlagKey>> keys;
    std::size_t limit = 0;
    std::size_t sampled = 0;
  };

  [[nodiscard]] std::chrono::milliseconds timeout_of(WarmTrigger trigger) const;
  Task<WarmReport> run(WarmReport report, Choice choice, Deadline deadline);
  Task<void> fill(WarmReport& report, Choice choice, Deadline deadline);
  /// Hands to `sink` what was chosen; of named flags, notes in `report` how many are missing.
  Task<domain::Result<void>> read(WarmReport& report, Choice choice, FlagSink& sink,
                                  Deadline deadline);
  Task<domain::Result<void>> read_named(WarmReport& report, std::vector<domain::FlagKey> keys,
                                        FlagSink& sink, Deadline deadline);
  WarmReport begin(domain::Environment environment, WarmTrigger trigger) const;

  Executor executor_;
  FlagRepository& repository_;
  CacheAdapter& cache_;
  const Clock& clock_;
  Telemetry& telemetry_;
  WarmRunLog& log_;
  const Settings settings_;
};

}  // namespace hearth::application
