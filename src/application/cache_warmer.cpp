#include "application/cache_warmer.hpp"

#include <algorithm>

#include "application/random_id.hpp"

namespace hearth::application {
namespace {

using domain::Error;
using domain::ErrorCode;
using domain::Flag;
using domain::FlagKey;

/// Up to WarmReport::most_sampled of the first `sampled` flags, evenly spread.
std::vector<FlagKey> sample_of(const std::vector<Flag>& flags, std::size_t sampled) {
  const auto from = std::min(flags.size(), sampled);
  const auto count = std::min(from, WarmReport::most_sampled);
  std::vector<FlagKey> sample;
  sample.reserve(count);
  for (std::size_t i = 0; i < count; ++i) sample.push_back(flags[i * from / count].key);
  return sample;
}

void count_outcomes(WarmReport& report, const WriteReport& written) {
  for (const auto outcome : written.outcomes) {
    switch (outcome) {
      case WriteOutcome::written: ++report.written; break;
      case WriteOutcome::unchanged: ++report.unchanged; break;
      case WriteOutcome::newer_present: ++report.newer; break;
      case WriteOutcome::too_old:
        ++report.failed;
        report.error = Error{ErrorCode::deadline_exceeded,
                             "The run read the database too long before it reached the cache"};
        break;
      case WriteOutcome::failed: ++report.failed; break;
    }
  }
  if (written.error) report.error = written.error;
}

}  // namespace

CacheWarmer::CacheWarmer(Executor executor, FlagRepository& repository, CacheAdapter& cache,
                         const Clock& clock, Telemetry& telemetry, WarmRunLog& log,
                         Settings settings)
    : executor_(executor),
      repository_(repository),
      cache_(cache),
      clock_(clock),
      telemetry_(telemetry),
      log_(log),
      settings_(settings) {}

Task<WarmReport> CacheWarmer::warm_top_flags(domain::Environment environment, std::size_t count,
                                             WarmTrigger trigger, std::size_t beside) {
  const auto deadline = deadline_in(timeout_of(trigger));
  auto report = begin(environment, trigger);
  auto choice = choose_top(std::move(environment), count + beside, deadline);
  return run_on(executor_, run(std::move(report), std::move(choice), count, deadline));
}

Task<WarmReport> CacheWarmer::warm_flags(domain::Environment environment, std::vector<FlagKey> keys,
                                         WarmTrigger trigger) {
  const auto deadline = deadline_in(timeout_of(trigger));
  auto report = begin(environment, trigger);
  std::ranges::sort(keys);
  const auto repeated = std::ranges::unique(keys);
  keys.erase(repeated.begin(), repeated.end());
  report.requested = keys.size();
  const auto sampled = keys.size();
  auto choice = choose_named(std::move(environment), std::move(keys), deadline);
  return run_on(executor_, run(std::move(report), std::move(choice), sampled, deadline));
}

WarmReport CacheWarmer::begin(domain::Environment environment, WarmTrigger trigger) const {
  WarmReport report{.id = random_id(),
                    .trigger = trigger,
                    .environment = std::move(environment),
                    .started_at = clock_.now(),
                    .error = std::nullopt};
  return report;
}

std::chrono::milliseconds CacheWarmer::timeout_of(WarmTrigger trigger) const {
  return trigger == WarmTrigger::cold_start ? settings_.cold_start_timeout : settings_.run_timeout;
}

CacheWarmer::Choice CacheWarmer::choose_top(domain::Environment environment, std::size_t count,
                                            Deadline deadline) {
  const HeatQuery query{count, settings_.include_disabled};
  co_return co_await repository_.find_hottest(std::move(environment), query, deadline);
}

CacheWarmer::Choice CacheWarmer::choose_named(domain::Environment environment,
                                              std::vector<FlagKey> keys, Deadline deadline) {
  auto found = co_await repository_.find_many(std::move(environment), std::move(keys), deadline);
  if (!found) co_return std::unexpected(std::move(found.error()));
  std::vector<Flag> flags;
  for (auto& state : *found) {
    if (auto* flag = std::get_if<Flag>(&state)) flags.push_back(std::move(*flag));
  }
  co_return flags;
}

Task<WarmReport> CacheWarmer::run(WarmReport report, Choice choice, std::size_t sampled,
                                  Deadline deadline) {
  const auto start = clock_.steady_now();
  try {
    co_await fill(report, std::move(choice), sampled, deadline);
  } catch (const std::exception& failure) {
    // "Never throws" holds even for what should not happen, such as running out of memory.
    report.error = Error{ErrorCode::internal, failure.what()};
    report.failed = report.requested - report.missing - report.warmed();
  }
  if (report.error) report.sample.clear();
  report.duration = clock_.steady_now() - start;
  telemetry_.warm_run_finished(report);
  log_.add(report);
  co_return report;
}

Task<void> CacheWarmer::fill(WarmReport& report, Choice choice, std::size_t sampled,
                             Deadline deadline) {
  // The order matters: first the cache's time, then the database (rule 3).
  auto snapshot = cache_.snapshot(report.environment);
  if (!snapshot) {
    report.error = std::move(snapshot.error());
    report.failed = report.requested;
    co_return;
  }
  snapshot->max_age = settings_.lifetimes.max_age();

  const auto asked = clock_.steady_now();
  auto chosen = co_await std::move(choice);
  report.query_duration = clock_.steady_now() - asked;
  if (!chosen) {
    report.error = std::move(chosen.error());
    report.failed = report.requested;
    co_return;
  }
  if (report.requested == 0) report.requested = chosen->size();
  report.missing = report.requested - chosen->size();
  report.sample = sample_of(*chosen, sampled);
  co_await write(report, std::move(*chosen), *snapshot, deadline);
}

Task<void> CacheWarmer::write(WarmReport& report, std::vector<Flag> flags, CacheSnapshot snapshot,
                              Deadline deadline) {
  std::vector<CacheEntry> entries;
  entries.reserve(flags.size());
  for (auto& flag : flags) {
    entries.push_back(CacheEntry{std::move(flag), settings_.lifetimes.known});
  }
  flags = {};  // a large run should not hold its flags twice
  const auto begun = clock_.steady_now();
  const auto written =
      co_await cache_.set_many(report.environment, std::move(entries), snapshot, deadline);
  report.pipeline_duration = clock_.steady_now() - begun;
  count_outcomes(report, written);
}

}  // namespace hearth::application
