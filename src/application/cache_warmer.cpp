#include "application/cache_warmer.hpp"

#include <algorithm>
#include <exception>

#include "application/random_id.hpp"
#include "application/warm_pipeline.hpp"

namespace hearth::application {

using domain::Error;
using domain::ErrorCode;
using domain::Flag;
using domain::FlagKey;
using domain::Result;

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
  Choice choice{.keys = std::nullopt, .limit = count + beside, .sampled = count};
  return run_on(executor_,
                run(begin(std::move(environment), trigger), std::move(choice), deadline));
}

Task<WarmReport> CacheWarmer::warm_flags(domain::Environment environment, std::vector<FlagKey> keys,
                                         WarmTrigger trigger) {
  const auto deadline = deadline_in(timeout_of(trigger));
  auto report = begin(std::move(environment), trigger);
  std::ranges::sort(keys);
  const auto repeated = std::ranges::unique(keys);
  keys.erase(repeated.begin(), repeated.end());
  report.requested = keys.size();
  Choice choice{.keys = std::move(keys), .sampled = report.requested};
  return run_on(executor_, run(std::move(report), std::move(choice), deadline));
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

Task<WarmReport> CacheWarmer::run(WarmReport report, Choice choice, Deadline deadline) {
  const auto start = clock_.steady_now();
  try {
    co_await fill(report, std::move(choice), deadline);
  } catch (const std::exception& failure) {
    // "Never throws" holds even for what should not happen, such as running out of memory.
    report.error = Error{ErrorCode::internal, failure.what()};
  }
  if (report.error) {
    report.sample.clear();
    report.failed = report.requested - report.missing - report.warmed();
  }
  report.duration = clock_.steady_now() - start;
  telemetry_.warm_run_finished(report);
  log_.add(report);
  co_return report;
}

Task<void> CacheWarmer::fill(WarmReport& report, Choice choice, Deadline deadline) {
  // The order matters: first the cache's time, then the database (rule 3).
  auto snapshot = cache_.snapshot(report.environment);
  if (!snapshot) {
    report.error = std::move(snapshot.error());
    co_return;
  }
  snapshot->max_age = settings_.lifetimes.max_age();
  const WarmPipeline::Settings limits{.ttl = settings_.lifetimes.known,
                                      .writes_at_once = settings_.writes_at_once,
                                      .sampled = choice.sampled};
  WarmPipeline pipeline(executor_, cache_, clock_, report, limits, std::move(*snapshot), deadline);
  const bool is_named = choice.keys.has_value();

  const auto asked = clock_.steady_now();
  Result<void> read;
  std::exception_ptr thrown;
  try {
    read = co_await this->read(report, std::move(choice), pipeline, deadline);
  } catch (...) {
    thrown = std::current_exception();
  }
  report.query_duration = clock_.steady_now() - asked - pipeline.held_back();
  // A deadline that passes among the rows says nothing of the database: the cache may be slow.
  const bool ran_out_of_time = !read && read.error().code == ErrorCode::deadline_exceeded;
  report.database_failed = thrown || (!read && !(ran_out_of_time && pipeline.taken() > 0));
  if (!is_named) report.requested = pipeline.taken();
  // Whatever became of the query: what it has given is being written.
  co_await pipeline.finish();
  if (thrown) std::rethrow_exception(thrown);
  if (!read && !report.error) {
    report.error = std::move(read.error());
    if (pipeline.taken() > 0) {
      report.error->message += "; it had given " + std::to_string(pipeline.taken()) +
                               " flags by then, which are in the cache";
    }
  }
}

Task<Result<void>> CacheWarmer::read(WarmReport& report, Choice choice, FlagSink& sink,
                                     Deadline deadline) {
  if (choice.keys) {
    co_return co_await read_named(report, std::move(*choice.keys), sink, deadline);
  }
  const HeatQuery query{choice.limit, settings_.include_disabled, settings_.batch};
  co_return co_await repository_.stream_hottest(report.environment, query, sink, deadline);
}

Task<Result<void>> CacheWarmer::read_named(WarmReport& report, std::vector<FlagKey> keys,
                                           FlagSink& sink, Deadline deadline) {
  auto found = co_await repository_.find_many(report.environment, std::move(keys), deadline);
  if (!found) co_return std::unexpected(std::move(found.error()));
  std::erase_if(*found, [](const auto& state) { return !std::holds_alternative<Flag>(state); });
  report.missing = report.requested - found->size();
  std::vector<Flag> batch;
  for (std::size_t i = 0; i < found->size(); ++i) {
    batch.push_back(std::get<Flag>(std::move((*found)[i])));
    if (batch.size() < settings_.batch && i + 1 < found->size()) continue;
    const bool wanted = co_await sink.take(std::exchange(batch, {}));
    if (!wanted) break;
  }
  co_return Result<void>();
}

}  // namespace hearth::application
