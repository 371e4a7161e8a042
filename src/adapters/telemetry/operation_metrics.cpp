#include "adapters/telemetry/operation_metrics.hpp"

#include <utility>

namespace hearth::adapters::telemetry {
namespace {

using application::ChangeOutcome;
using application::WarmTrigger;

constexpr auto triggers = std::to_array<WarmTrigger>({
    WarmTrigger::cold_start,
    WarmTrigger::deployment,
    WarmTrigger::scheduled,
    WarmTrigger::manual,
    WarmTrigger::refresh,
    WarmTrigger::recovery,
});

constexpr auto outcomes = std::to_array<std::pair<ChangeOutcome, std::string_view>>({
    {ChangeOutcome::in_force, "in_force"},
    {ChangeOutcome::pending, "pending"},
    {ChangeOutcome::refused, "refused"},
    {ChangeOutcome::failed, "failed"},
});

template <class Enumerator>
std::size_t index_of(Enumerator enumerator) {
  return static_cast<std::size_t>(enumerator);
}

}  // namespace

void OperationMetrics::warm_run_finished(const application::WarmReport& report) {
  auto& runs = runs_.at(index_of(report.trigger));
  (report.error ? runs.failed : runs.succeeded).add();
  runs.duration.record(report.duration);
  flags_.written.add(report.written);
  flags_.unchanged.add(report.unchanged);
  flags_.newer.add(report.newer);
  flags_.missing.add(report.missing);
  flags_.failed.add(report.failed);
}

void OperationMetrics::change_finished(ChangeOutcome outcome, std::chrono::nanoseconds duration) {
  changes_.at(index_of(outcome)).add();
  if (outcome == ChangeOutcome::in_force || outcome == ChangeOutcome::pending) {
    acknowledgement_.record(duration);
  }
}

void OperationMetrics::write(PrometheusText& page) const {
  static_assert(triggers.size() == warm_triggers && outcomes.size() == change_outcomes);
  page.counter("hearth_cache_warming_runs_total", "Warm runs that have ended.");
  for (const auto trigger : triggers) {
    const auto& runs = runs_.at(index_of(trigger));
    const auto name = application::name_of(trigger);
    page.sample({{"trigger", name}, {"outcome", "succeeded"}}, runs.succeeded.value());
    page.sample({{"trigger", name}, {"outcome", "failed"}}, runs.failed.value());
  }
  page.counter("hearth_cache_warming_errors_total", "Warm runs that have ended with an error.");
  for (const auto trigger : triggers) {
    page.sample({{"trigger", application::name_of(trigger)}},
                runs_.at(index_of(trigger)).failed.value());
  }
  page.histogram("hearth_cache_warming_duration_seconds",
                 "Time that warm runs took, from the request to the end.");
  for (const auto trigger : triggers) {
    const auto reading = runs_.at(index_of(trigger)).duration.reading();
    if (reading.count() > 0) page.sample({{"trigger", application::name_of(trigger)}}, reading);
  }
  page.counter("hearth_cache_warming_flags_total", "Flags of warm runs, by what became of them.")
      .sample({{"outcome", "written"}}, flags_.written.value())
      .sample({{"outcome", "unchanged"}}, flags_.unchanged.value())
      .sample({{"outcome", "newer"}}, flags_.newer.value())
      .sample({{"outcome", "missing"}}, flags_.missing.value())
      .sample({{"outcome", "failed"}}, flags_.failed.value());

  page.counter("hearth_changes_total",
               "Changes of one flag that administrators asked this process for.");
  for (const auto& [outcome, name] : outcomes) {
    page.sample({{"outcome", name}}, changes_.at(index_of(outcome)).value());
  }
  page.histogram("hearth_change_acknowledgement_seconds",
                 "Time from the beginning of a change's commit to its answer, in force or not.")
      .sample({}, acknowledgement_.reading());
}

}  // namespace hearth::adapters::telemetry
