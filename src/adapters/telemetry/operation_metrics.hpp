#pragma once

#include <array>
#include <cstddef>

#include "adapters/telemetry/prometheus_text.hpp"
#include "application/counters.hpp"
#include "application/ports/telemetry.hpp"

namespace hearth::adapters::telemetry {

/// Counts warm runs and changes for Prometheus.
/// Threading: any thread, without locks.
class OperationMetrics final : public application::Telemetry {
 public:
  void warm_run_finished(const application::WarmReport& report) override;
  void change_finished(application::ChangeOutcome outcome,
                       std::chrono::nanoseconds duration) override;
  void info(std::string_view, std::string_view) override {}
  void warning(std::string_view, std::string_view) override {}

  /// Adds the families `hearth_cache_warming_*`, `hearth_changes_total` and
  /// `hearth_change_acknowledgement_seconds`.
  void write(PrometheusText& page) const;

 private:
  using Counter = application::SharedCounter;
  using Histogram = application::DurationHistogram<Counter>;

  static constexpr std::size_t warm_triggers = 6;
  static constexpr std::size_t change_outcomes = 4;

  struct WarmRuns {
    Counter succeeded;
    Counter failed;
    Histogram duration;
  };
  struct WarmedFlags {
    Counter written;
    Counter unchanged;
    Counter newer;
    Counter missing;
    Counter failed;
  };

  std::array<WarmRuns, warm_triggers> runs_;
  WarmedFlags flags_;
  std::array<Counter, change_outcomes> changes_;
  Histogram acknowledgement_;
};

}  // namespace hearth::adapters::telemetry
