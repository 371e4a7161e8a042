#pragma once

#include <chrono>
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
  using Choice = Task<domain::Result<std::vector<domain::Flag>>>;

  [[nodiscard]] std::chrono::milliseconds timeout_of(WarmTrigger trigger) const;
  Choice choose_top(domain::Environment environment, std::size_t count, Deadline deadline);
  Choice choose_named(domain::Environment environment, std::vector<domain::FlagKey> keys,
                      Deadline deadline);
  /// The sample is taken from the first `sampled` of what was chosen.
  Task<WarmReport> run(WarmReport report, Choice choice, std::size_t sampled, Deadline deadline);
  Task<void> fill(WarmReport& report, Choice choice, std::size_t sampled, Deadline deadline);
  Task<void> write(WarmReport& report, std::vector<domain::Flag> flags, CacheSnapshot snapshot,
                   Deadline deadline);
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
