#include "application/fleet_warming.hpp"

#include <boost/asio/detached.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "application/random_id.hpp"
#include "application/sleep_for.hpp"
#include "application/warming_decisions.hpp"

namespace hearth::application {

using domain::Environment;
using domain::Error;
using domain::ErrorCode;
using domain::Result;

/// Keeps a lock alive while its object lives, by a coroutine of its own. A lock that is lost stays
/// lost: somebody else may have it by now.
class FleetWarming::Extension {
 public:
  Extension(FleetWarming& warming, const Held& held) : over_(std::make_shared<bool>(false)) {
    boost::asio::co_spawn(warming.executor_, keep(warming, held.environment, held.token, over_),
                          boost::asio::detached);
  }
  ~Extension() { *over_ = true; }
  Extension(const Extension&) = delete;
  Extension& operator=(const Extension&) = delete;

 private:
  static Task<void> keep(FleetWarming& warming, Environment environment, std::string token,
                         std::shared_ptr<const bool> over) {
    const auto life = warming.settings_.lock_life;
    while (true) {
      co_await sleep_for(warming.executor_, life / 4);
      if (*over) co_return;
      const auto extended =
          co_await warming.records_.extend(environment, token, life, deadline_in(life / 4));
      if (extended && !*extended) co_return;
    }
  }

  // Shared with the coroutine, which notices the end only when it wakes.
  std::shared_ptr<bool> over_;
};

FleetWarming::FleetWarming(Executor executor, CacheWarmer& warmer, WarmingRecords& records,
                           CacheAdapter& cache, const WarmRunLog& own_runs, Settings settings)
    : executor_(executor),
      warmer_(warmer),
      records_(records),
      cache_(cache),
      own_runs_(own_runs),
      settings_(settings) {}

Task<void> FleetWarming::pause() {
  return sleep_for(executor_, full_jitter(settings_.longest_poll, random_()));
}

Task<WarmReport> FleetWarming::warm(WarmRequest request) {
  return run_on(executor_, warm_on_engine(std::move(request)));
}

Task<WarmReport> FleetWarming::warm_on_engine(WarmRequest request) {
  const bool is_unusual = request.count.value_or(settings_.top_n) != settings_.top_n;
  if (request.keys || is_unusual) co_return co_await run_alone(std::move(request));
  if (!request.deployment_id.empty()) co_return co_await warm_for_deployment(std::move(request));
  if (request.scheduled_for) co_return co_await warm_for_schedule(std::move(request));
  co_return co_await run_or_join(std::move(request));
}

Task<WarmReport> FleetWarming::warm_for_schedule(WarmRequest request) {
  auto seen = co_await records_.look(request.environment, records_deadline());
  const auto due = request.scheduled_for->time_since_epoch().count();
  if (seen && seen->marker && seen->marker->scheduled_for_ms >= due) {
    auto run_id = seen->marker->run_id;
    co_return co_await report_of(request.environment, std::move(*seen->marker), std::move(run_id));
  }
  co_return co_await run_or_join(std::move(request));
}

Task<WarmReport> FleetWarming::run_alone(WarmRequest request) {
  auto run = request.keys ? warmer_.warm_flags(std::move(request.environment),
                                               std::move(*request.keys), request.trigger)
                          : warmer_.warm_top_flags(std::move(request.environment),
                                                   request.count.value_or(settings_.top_n),
                                                   request.trigger, beside(request.trigger));
  auto report = co_await std::move(run);
  // If that fails, the process's own log still has it.
  (void)co_await records_.record(report, records_deadline());
  co_return report;
}

std::size_t FleetWarming::beside(WarmTrigger trigger) const {
  return trigger == WarmTrigger::recovery ? settings_.recovered_beside : 0;
}

Task<FleetWarming::HeldRun> FleetWarming::run_holding(
    Held held, WarmRequest request, std::optional<domain::Timestamp> scheduled_for) {
  std::optional<Extension> extension(std::in_place, *this, held);
  auto report = co_await warmer_.warm_top_flags(held.environment, settings_.top_n, request.trigger,
                                                beside(request.trigger));
  HeldRun run{std::move(report)};
  // First the record, because whoever sees the marker looks for it.
  (void)co_await records_.record(run.report, records_deadline());
  if (run.report.error) {
    (void)co_await records_.release(held.environment, held.token, records_deadline());
    co_return run;
  }
  auto marker = marker_of(run.report, held.state.cache_time_ms, held.state.marker);
  if (scheduled_for) marker.scheduled_for_ms = scheduled_for->time_since_epoch().count();
  if (!request.deployment_id.empty()) {
    marker.deployment_id = std::move(request.deployment_id);
    marker.deployment_run_id = run.report.id;
  }
  run.marked = co_await mark(std::move(held), std::move(marker));
  co_return run;
}

Task<bool> FleetWarming::mark(Held held, WarmMarker marker) {
  const auto last_try = deadline_in(settings_.lock_life);
  auto finished =
      co_await records_.finish(held.environment, held.token, marker, records_deadline());
  // Without the marker the others would do all of it again, so a slow answer or a lost connection
  // is not the end. What was not answered may have been done, after which the lock is not held any
  // more.
  while (!finished && std::chrono::steady_clock::now() < last_try) {
    co_await pause();
    const auto state = co_await records_.look(held.environment, records_deadline());
    if (state && state->marker && state->marker->run_id == marker.run_id) co_return true;
    finished = co_await records_.finish(held.environment, held.token, marker, records_deadline());
  }
  co_return finished && *finished;
}

Task<WarmReport> FleetWarming::run_or_join(WarmRequest request) {
  const auto deadline = deadline_in(settings_.longest_join);
  WarmingLockRequest wanted{random_id(), settings_.lock_life, std::nullopt};
  std::optional<WarmingState> first;
  while (std::chrono::steady_clock::now() < deadline) {
    auto attempt = co_await records_.acquire(request.environment, wanted, records_deadline());
    if (!attempt) break;
    if (!first) first = attempt->state;
    // From now on the lock is only of use if the run under way does not end well.
    wanted.marker_identity = attempt->state.marker_identity;
    switch (decide_join(*first, *attempt)) {
      case JoinStep::run: {
        Held held{request.environment, wanted.token, std::move(attempt->state)};
        const auto due = request.scheduled_for;
        auto run = co_await run_holding(std::move(held), std::move(request), due);
        co_return std::move(run.report);
      }
      case JoinStep::answer: {
        auto run_id = attempt->state.marker->run_id;
        co_return co_await report_of(std::move(request.environment),
                                     std::move(*attempt->state.marker), std::move(run_id));
      }
      case JoinStep::wait: co_await pause(); break;
    }
  }
  co_return co_await run_alone(std::move(request));
}

Task<WarmReport> FleetWarming::warm_for_deployment(WarmRequest request) {
  const auto deadline = deadline_in(2 * settings_.longest_join);
  auto seen = co_await records_.look(request.environment, records_deadline());
  if (seen && seen->marker && seen->marker->deployment_id == request.deployment_id) {
    auto run_id = seen->marker->deployment_run_id;
    co_return co_await report_of(request.environment, std::move(*seen->marker), std::move(run_id));
  }
  auto report = co_await run_or_join(request);
  if (report.error) co_return report;
  // The run may have been another's, or have lost its lock.
  if (!co_await note_deployment(request.environment, request.deployment_id, report.id, deadline)) {
    report.error = Error{ErrorCode::unavailable,
                         "The flags are warm, but the fleet's marker could not be written for "
                         "deployment '" +
                             request.deployment_id + "'; run this again"};
  }
  co_return report;
}

Task<bool> FleetWarming::note_deployment(Environment environment, std::string deployment_id,
                                         std::string run_id, Deadline deadline) {
  WarmingLockRequest wanted{random_id(), settings_.lock_life, std::nullopt};
  while (std::chrono::steady_clock::now() < deadline) {
    auto state = co_await records_.look(environment, records_deadline());
    if (state && state->marker && state->marker->deployment_id == deployment_id) co_return true;
    if (state && state->marker) {
      wanted.marker_identity = state->marker_identity;
      const auto attempt = co_await records_.acquire(environment, wanted, records_deadline());
      if (attempt && attempt->acquired) {
        auto marker = *state->marker;
        marker.deployment_id = deployment_id;
        marker.deployment_run_id = run_id;
        (void)co_await records_.finish(environment, wanted.token, std::move(marker),
                                       records_deadline());
        continue;  // the next look tells whether it is there
      }
    } else if (state) {
      co_return false;  // the shared memory was lost since: what was warmed is gone too
    }
    co_await pause();
  }
  co_return false;
}

Task<WarmReport> FleetWarming::report_of(Environment environment, WarmMarker marker,
                                         std::string run_id) {
  auto runs = co_await recent_on_engine(environment);
  const auto found = std::ranges::find(runs, run_id, &WarmReport::id);
  if (found != runs.end()) co_return std::move(*found);
  // The record has left the bounded list, or was never written; the marker says the essential.
  WarmReport report{.id = std::move(run_id),
                    .trigger = marker.trigger,
                    .environment = std::move(environment),
                    .started_at = domain::Timestamp(std::chrono::milliseconds(marker.began_at_ms)),
                    .requested = marker.warmed,
                    .unchanged = marker.warmed,
                    .error = std::nullopt};
  co_return report;
}

Task<std::optional<WarmReport>> FleetWarming::warm_unless_done(
    Environment environment, WarmTrigger trigger, WarmingState seen,
    std::optional<domain::Timestamp> scheduled_for) {
  return run_on(executor_,
                run_unless_done(std::move(environment), trigger, std::move(seen), scheduled_for));
}

Task<std::optional<WarmReport>> FleetWarming::run_unless_done(
    Environment environment, WarmTrigger trigger, WarmingState seen,
    std::optional<domain::Timestamp> scheduled_for) {
  WarmingLockRequest wanted{random_id(), settings_.lock_life, std::move(seen.marker_identity)};
  auto attempt = co_await records_.acquire(environment, wanted, records_deadline());
  if (!attempt || !attempt->acquired) co_return std::nullopt;
  Held held{environment, wanted.token, std::move(attempt->state)};
  WarmRequest request{.environment = std::move(environment), .trigger = trigger};
  auto run = co_await run_holding(std::move(held), std::move(request), scheduled_for);
  co_return std::move(run.report);
}

Task<Result<Warmth>> FleetWarming::look(Environment environment) {
  return run_on(executor_, look_on_engine(std::move(environment)));
}

Task<Result<Warmth>> FleetWarming::look_on_engine(Environment environment) {
  auto state = co_await records_.look(environment, records_deadline());
  if (!state) co_return std::unexpected(std::move(state.error()));
  Warmth warmth{std::move(*state), std::nullopt, cache_.snapshot(environment).has_value()};
  if (!warmth.state.marker || warmth.state.marker->sample.empty()) co_return warmth;
  const auto lookups = co_await cache_.get_many(std::move(environment), warmth.state.marker->sample,
                                                records_deadline());
  if (!lookups) co_return warmth;
  const auto misses = std::ranges::count_if(
      *lookups, [](const auto& lookup) { return std::holds_alternative<CacheMiss>(lookup); });
  warmth.coverage = 1.0 - static_cast<double>(misses) / static_cast<double>(lookups->size());
  co_return warmth;
}

Task<std::optional<double>> FleetWarming::coverage(Environment environment) {
  const auto warmth = co_await look(std::move(environment));
  if (!warmth) co_return std::nullopt;
  co_return warmth->coverage;
}

Task<std::vector<WarmReport>> FleetWarming::recent_runs(Environment environment) {
  return run_on(executor_, recent_on_engine(std::move(environment)));
}

Task<std::vector<WarmReport>> FleetWarming::recent_on_engine(Environment environment) {
  auto runs = own_runs_.recent();
  std::erase_if(runs, [&](const auto& run) { return run.environment != environment; });
  std::set<std::string, std::less<>> known;
  for (const auto& run : runs) known.insert(run.id);
  auto fleet = co_await records_.recent(std::move(environment), records_deadline());
  if (fleet) {
    for (auto& run : *fleet) {
      if (known.insert(run.id).second) runs.push_back(std::move(run));
    }
  }
  std::ranges::sort(runs, std::ranges::greater{}, &WarmReport::started_at);
  co_return runs;
}

Task<std::optional<WarmReport>> FleetWarming::find_run(Environment environment, std::string id) {
  auto runs = co_await recent_runs(std::move(environment));
  const auto found = std::ranges::find(runs, id, &WarmReport::id);
  if (found == runs.end()) co_return std::nullopt;
  co_return std::move(*found);
}

}  // namespace hearth::application
