#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unistd.h>

#include "application/counters.hpp"
#include "application/ports/clock.hpp"
#include "application/ports/telemetry.hpp"
#include "domain/names.hpp"

namespace hearth::adapters::telemetry {

/// How the reads of a process were answered, since its start or since another reading.
struct LookupTotals {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t database_reads = 0;  ///< queries that went to the database because of reads

  friend bool operator==(const LookupTotals&, const LookupTotals&) = default;
};

/// One line, without its end, of CloudWatch's Embedded Metric Format ("Specification: Embedded
/// metric format" of the CloudWatch user guide), from which CloudWatch Logs makes metrics of
/// namespace `Hearth` and dimension `Environment`: `cache_warming_duration` (Milliseconds),
/// `cache_warming_flags_count`, `cache_warming_errors` (Count; 1 if the run failed). The run's id
/// and trigger are members of the line, but no dimensions: each combination of dimensions is a
/// metric of its own, and is paid for as one. Pure.
[[nodiscard]] std::string warm_run_line(const application::WarmReport& report,
                                        domain::Timestamp now);

/// The same for `cache_hits`, `cache_misses` and `database_reads` (Count) of some span of time.
/// Pure.
[[nodiscard]] std::string lookups_line(const domain::Environment& environment,
                                       const LookupTotals& counts, domain::Timestamp now);

/// Tells CloudWatch by lines on standard output: one for each warm run, and one for the lookups
/// whenever it is asked to. Needs no network, no agent and no thread, and the line is out when the
/// call returns, before Lambda may freeze the process.
/// Threading: any thread. Waits 100 ms at most for a reader of standard output that is slow; the
/// line is lost then, and the lookups in it are told by the next.
class EmbeddedMetrics final : public application::Telemetry {
 public:
  /// `environment` is the one of the lookups; a run has its own. The clock outlives this.
  EmbeddedMetrics(const application::Clock& clock, domain::Environment environment,
                  int output = STDOUT_FILENO);

  void warm_run_finished(const application::WarmReport& report) override;
  void info(std::string_view, std::string_view) override {}
  void warning(std::string_view, std::string_view) override {}

  /// Tells how far the totals have grown since they were told last; nothing if they have not.
  void tell_lookups(const LookupTotals& since_start);

  /// Lines that could not be written in time.
  [[nodiscard]] std::uint64_t lines_lost() const noexcept { return lines_lost_.value(); }

 private:
  bool write(const std::string& line);

  const application::Clock& clock_;
  const domain::Environment environment_;
  const int output_;
  application::SharedCounter lines_lost_;

  std::mutex mutex_;  // guards told_
  LookupTotals told_;
};

}  // namespace hearth::adapters::telemetry
