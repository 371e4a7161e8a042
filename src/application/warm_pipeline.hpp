#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "application/ports/cache_adapter.hpp"
#include "application/ports/clock.hpp"
#include "application/ports/flag_repository.hpp"
#include "application/spread_sample.hpp"
#include "application/task.hpp"
#include "application/warm_report.hpp"

namespace hearth::application {

/// The way of a warm run's flags from the database into the cache: each batch that the query hands
/// over is written at once, while the query reads the next one. At most `writes_at_once` batches
/// are under way; the query waits for one of them to end before it may hand over another. So the
/// memory of a run is bounded by that many batches, whichever of database and cache is the slower.
///
/// Counts in the report what becomes of each flag. After a write that failed, or that came too
/// late, it wants no more: later ones would fare no better.
///
/// Threading: belongs to the executor's thread, as the cache does. `finish` must have ended before
/// it goes.
class WarmPipeline final : public FlagSink {
 public:
  struct Settings {
    std::chrono::milliseconds ttl{};
    std::size_t writes_at_once = 1;  ///< at least 1
    std::size_t sampled = 0;         ///< the report's sample is of so many first flags
  };

  /// `report` and the others must outlive it.
  WarmPipeline(Executor executor, CacheAdapter& cache, const Clock& clock, WarmReport& report,
               Settings settings, CacheSnapshot snapshot, Deadline deadline);

  [[nodiscard]] Task<bool> take(std::vector<domain::Flag> flags) override;

  /// Waits for the writes under way, then completes the report: sample and time.
  [[nodiscard]] Task<void> finish();

  /// Flags taken so far.
  [[nodiscard]] std::size_t taken() const noexcept { return taken_; }
  /// For how long it has held the query back.
  [[nodiscard]] std::chrono::nanoseconds held_back() const noexcept { return held_back_; }

 private:
  [[nodiscard]] Task<void> wait_for_less_than(std::size_t writes);
  [[nodiscard]] Task<void> write(std::vector<domain::Flag> flags);
  void count(const WriteReport& written);
  void begin_write();
  void end_write();

  Executor executor_;
  CacheAdapter& cache_;
  const Clock& clock_;
  WarmReport& report_;
  const Settings settings_;
  const CacheSnapshot snapshot_;
  const Deadline deadline_;

  Timer write_ended_;  // never expires: cancelled when a write has ended
  std::size_t under_way_ = 0;
  bool stopped_ = false;
  std::size_t taken_ = 0;
  SpreadSample<domain::FlagKey> sample_{WarmReport::most_sampled};
  std::chrono::nanoseconds held_back_{};
  std::chrono::steady_clock::time_point busy_since_;
};

}  // namespace hearth::application
