#include "adapters/telemetry/embedded_metrics.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <span>
#include <utility>

#include "adapters/telemetry/console_line.hpp"

namespace hearth::adapters::telemetry {
namespace {

constexpr std::chrono::milliseconds longest_wait{100};

struct Metric {
  std::string_view name;
  std::string_view unit;
  double value = 0;
};

/// `properties`: further members of the line, each begun by a comma. None of the texts needs
/// escaping: they are constants, and names of environments, which hold no quotes.
std::string line_of(std::span<const Metric> metrics, const domain::Environment& environment,
                    domain::Timestamp now, std::string_view properties) {
  std::string definitions;
  std::string values;
  for (const auto& metric : metrics) {
    definitions += fmt::format(R"({}{{"Name":"{}","Unit":"{}"}})", definitions.empty() ? "" : ",",
                               metric.name, metric.unit);
    values += fmt::format(R"(,"{}":{})", metric.name, metric.value);
  }
  return fmt::format(
      R"({{"_aws":{{"Timestamp":{},"CloudWatchMetrics":[{{"Namespace":"Hearth",)"
      R"("Dimensions":[["Environment"]],"Metrics":[{}]}}]}},"Environment":"{}"{}{}}})",
      now.time_since_epoch().count(), definitions, environment.text(), properties, values);
}

}  // namespace

std::string warm_run_line(const application::WarmReport& report, domain::Timestamp now) {
  // Whole microseconds, so that the number stays short.
  const auto microseconds = std::chrono::round<std::chrono::microseconds>(report.duration);
  const auto metrics = std::to_array<Metric>(
      {{"cache_warming_duration", "Milliseconds", static_cast<double>(microseconds.count()) / 1000},
       {"cache_warming_flags_count", "Count", static_cast<double>(report.warmed())},
       {"cache_warming_errors", "Count", report.error ? 1.0 : 0.0}});
  const auto properties =
      fmt::format(R"(,"trigger":"{}","run":"{}")", application::name_of(report.trigger), report.id);
  return line_of(metrics, report.environment, now, properties);
}

std::string lookups_line(const domain::Environment& environment, const LookupTotals& counts,
                         domain::Timestamp now) {
  const auto metrics = std::to_array<Metric>(
      {{"cache_hits", "Count", static_cast<double>(counts.hits)},
       {"cache_misses", "Count", static_cast<double>(counts.misses)},
       {"database_reads", "Count", static_cast<double>(counts.database_reads)}});
  return line_of(metrics, environment, now, {});
}

EmbeddedMetrics::EmbeddedMetrics(const application::Clock& clock, domain::Environment environment,
                                 int output)
    : clock_(clock), environment_(std::move(environment)), output_(output) {}

void EmbeddedMetrics::warm_run_finished(const application::WarmReport& report) {
  write(warm_run_line(report, clock_.now()));
}

void EmbeddedMetrics::tell_lookups(const LookupTotals& since_start) {
  const std::scoped_lock lock(mutex_);
  const LookupTotals grown{.hits = since_start.hits - told_.hits,
                           .misses = since_start.misses - told_.misses,
                           .database_reads = since_start.database_reads - told_.database_reads};
  if (grown == LookupTotals{}) return;
  if (write(lookups_line(environment_, grown, clock_.now()))) told_ = since_start;
}

bool EmbeddedMetrics::write(const std::string& line) {
  const bool is_out = write_console_line(output_, line, longest_wait);
  if (!is_out) lines_lost_.add();
  return is_out;
}

}  // namespace hearth::adapters::telemetry
