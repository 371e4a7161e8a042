#include "application/warming_triggers.hpp"

#include <boost/asio/detached.hpp>

#include <algorithm>
#include <utility>

#include "application/sleep_for.hpp"
#include "application/warming_decisions.hpp"

namespace hearth::application {

using domain::Timestamp;
using std::chrono::milliseconds;

namespace {

/// A scheduled run that comes later than this (the process was stopped, the cache was away) counts
/// for the present time: what was missed meanwhile is not made up for.
constexpr std::chrono::minutes usual_lateness{1};

}  // namespace

WarmingTriggers::WarmingTriggers(Executor executor, FleetWarming& warming, const Clock& clock,
                                 Telemetry& telemetry, Readiness& readiness, Settings settings)
    : executor_(executor),
      warming_(warming),
      clock_(clock),
      telemetry_(telemetry),
      readiness_(readiness),
      settings_(std::move(settings)),
      refresh_age_(pick_refresh_age(settings_.ttl, random_())),
      retry_(settings_.retry),
      cold_start_poll_(settings_.cold_start_poll) {}

Task<void> WarmingTriggers::pause() {
  return sleep_for(executor_, cold_start_poll_.next(random_()));
}

Task<void> WarmingTriggers::end_cold_start_at(Deadline deadline) {
  co_await sleep_for(executor_, deadline - std::chrono::steady_clock::now());
  readiness_.first_warm_run_is_over();
}

Task<void> WarmingTriggers::cold_start(Deadline deadline) {
  telemetry_.info("cache_warming", "Cold start cache warming initiated");
  // Whatever takes too long: being ready does not wait for it.
  boost::asio::co_spawn(executor_, end_cold_start_at(deadline), boost::asio::detached);
  // Not in the loop's condition: g++ 12 makes an invalid instruction of a co_await there.
  bool is_over = false;
  while (!is_over) {
    const bool time_is_up = std::chrono::steady_clock::now() >= deadline;
    is_over = co_await take_cold_start_step(time_is_up);
  }
  readiness_.first_warm_run_is_over();
}

/// One look and what follows from it. True: the cold start is over.
Task<bool> WarmingTriggers::take_cold_start_step(bool time_is_up) {
  auto warmth = co_await warming_.look(settings_.environment);
  auto step = time_is_up ? ColdStartStep::give_up : ColdStartStep::wait;
  if (warmth) {
    note(*warmth);
    step = decide_cold_start(warmth->state, warmth->coverage, settings_.ttl, time_is_up);
    if (step == ColdStartStep::run && !warmth->writable) step = ColdStartStep::wait;
  }
  switch (step) {
    case ColdStartStep::served:
      telemetry_.info("cache_warming", "Cold start: the flags are warm by run " +
                                           warmth->state.marker->run_id + " of the fleet");
      co_return true;
    case ColdStartStep::give_up:
      telemetry_.warning("cache_warming",
                         "Cold start: the flags could not be warmed in time; they are read from "
                         "the database as they are asked for");
      co_return true;
    case ColdStartStep::wait: co_await pause(); co_return false;
    case ColdStartStep::run: break;
  }
  const auto report = co_await warming_.warm_unless_done(
      settings_.environment, WarmTrigger::cold_start, std::move(warmth->state));
  if (!report) {
    co_await pause();
    co_return false;
  }
  note(*report);
  if (!report->error) {
    const auto after = co_await warming_.look(settings_.environment);
    if (after) note(*after);
    co_return true;
  }
  co_await sleep_for(executor_, retry_.next(random_()));
  co_return false;
}

Task<void> WarmingTriggers::keep_warm(bool acts) {
  while (true) {
    co_await sleep_for(executor_, settings_.check_interval);
    co_await look_after(acts);
  }
}

Task<void> WarmingTriggers::look_after(bool acts) {
  auto warmth = co_await warming_.look(settings_.environment);
  if (!warmth) co_return;
  note(*warmth);
  if (acts && warmth->writable) co_await upkeep(std::move(*warmth));
}

Task<void> WarmingTriggers::upkeep(Warmth warmth) {
  const auto step = decide_upkeep(warmth.state, warmth.coverage, refresh_age_);
  if (step == UpkeepStep::nothing) {
    if (!warmth.state.locked) retry_.reset();
    co_return;
  }
  if (std::chrono::steady_clock::now() < not_before_) co_return;
  if (step == UpkeepStep::recovery) {
    co_await sleep_for(executor_, full_jitter(settings_.recovery_spread, random_()));
    bool is_in_order = true;
    if (settings_.proves_cache)
      is_in_order = co_await settings_.proves_cache(settings_.environment);
    // If not, whoever puts it in order recovers at once, and the next look is soon.
    if (is_in_order) co_await recover();
    co_return;
  }
  const auto report = co_await warming_.warm_unless_done(
      settings_.environment, WarmTrigger::refresh, std::move(warmth.state));
  if (report) note(*report);
}

Task<void> WarmingTriggers::recover() {
  auto warmth = co_await warming_.look(settings_.environment);
  if (!warmth) co_return;
  const auto step = decide_upkeep(warmth->state, warmth->coverage, refresh_age_);
  if (step != UpkeepStep::recovery) co_return;
  // Where nothing was warm yet, nothing was lost either: a cold start that comes late, and brings
  // no more than it would have brought in time.
  const auto trigger = was_warm_ ? WarmTrigger::recovery : WarmTrigger::cold_start;
  const auto report =
      co_await warming_.warm_unless_done(settings_.environment, trigger, std::move(warmth->state));
  if (!report) co_return;
  note(*report);
  if (trigger != WarmTrigger::recovery || report->error || !settings_.keys_in_use) co_return;
  auto keys = co_await settings_.keys_in_use(settings_.environment);
  if (keys.empty()) co_return;
  WarmRequest rest{.environment = settings_.environment, .keys = std::move(keys)};
  rest.trigger = WarmTrigger::recovery;
  (void)co_await warming_.warm(std::move(rest));
}

Task<void> WarmingTriggers::follow_schedule(NextAfter next_after) {
  auto not_before = clock_.now();
  while (true) {
    const auto wait = co_await follow_once(next_after, not_before);
    co_await sleep_for(executor_, std::min(wait, settings_.longest_nap));
  }
}

/// Runs if it is time to; returns how long to wait before the next look at the time. Times up to
/// `not_before` are over for this process.
Task<milliseconds> WarmingTriggers::follow_once(NextAfter next_after, Timestamp& not_before) {
  auto warmth = co_await warming_.look(settings_.environment);
  const auto marker = warmth ? warmth->state.marker : std::nullopt;
  const auto due = next_due(next_after, marker, not_before);
  if (!due) co_return settings_.longest_nap;
  const auto now = clock_.now();
  if (*due > now) co_return *due - now;

  const auto poll = full_jitter(settings_.longest_poll, random_());
  if (!warmth || !warmth->writable || warmth->state.locked) co_return poll;
  const auto counts_for = now - *due > usual_lateness ? now : *due;
  const auto report = co_await warming_.warm_unless_done(
      settings_.environment, WarmTrigger::scheduled, std::move(warmth->state), counts_for);
  if (!report) co_return poll;
  note(*report);
  // A run that failed is not repeated before its next time; the rest of the upkeep goes on.
  not_before = counts_for;
  co_return poll;
}

void WarmingTriggers::note(const Warmth& warmth) {
  was_warm_ = was_warm_ || warmth.state.marker.has_value();
  std::optional<SteadyTime> oldest;
  if (const auto age = age_of_marker(warmth.state)) oldest = clock_.steady_now() - *age;
  readiness_.note_warm_set(warmth.coverage, oldest);
}

void WarmingTriggers::note(const WarmReport& report) {
  was_warm_ = was_warm_ || !report.error;
  // Only a run that got as far as its query says something of the database.
  if (report.query_duration.count() > 0) {
    readiness_.note_database(!report.database_failed);
  }
  refresh_age_ = pick_refresh_age(settings_.ttl, random_());
  const bool may_repeat = report.error || report.trigger == WarmTrigger::recovery;
  if (may_repeat) not_before_ = std::chrono::steady_clock::now() + retry_.next(random_());
}

}  // namespace hearth::application
