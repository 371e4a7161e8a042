#include "application/reconciler.hpp"

#include <algorithm>
#include <exception>
#include <map>

namespace hearth::application {
namespace {

using domain::Environment;
using domain::ErrorCode;
using domain::FlagKey;
using domain::FlagState;
using domain::Version;

constexpr std::size_t most_keys_a_push = 200;

/// A single failure may be a connection that is being made; an outage lasts.
constexpr std::size_t failures_of_an_outage = 2;

/// The version that the cache holds; nothing if it holds none.
std::optional<Version> version_in(const CacheLookup& lookup) {
  if (const auto* flag = std::get_if<domain::Flag>(&lookup)) return flag->version;
  if (const auto* tombstone = std::get_if<domain::Tombstone>(&lookup)) return tombstone->version;
  return std::nullopt;
}

/// Less than the least that a jittered interval comes to: no process keeps itself from its next
/// sweep.
std::chrono::milliseconds rest_after(std::chrono::milliseconds interval) { return interval / 3; }

bool is_in_cache(WriteOutcome outcome) {
  return outcome == WriteOutcome::written || outcome == WriteOutcome::unchanged ||
         outcome == WriteOutcome::newer_present;
}

}  // namespace

Reconciler::Reconciler(Executor executor, Parts parts, Settings settings)
    : executor_(executor),
      parts_(std::move(parts)),
      settings_(settings),
      sweep_{SweepCursor(parts_.clock.steady_now(), 0, out_of_step(settings.sweep)), "sweep",
             rest_after(settings.sweep.interval)} {}

Task<void> Reconciler::run() {
  while (true) {
    co_await run_round();
    co_await wait_for_next_round();
  }
}

Task<void> Reconciler::wait_for_next_round() {
  const auto poll = std::chrono::steady_clock::now() + jittered(settings_.interval);
  // A sweep that is under way does not wait for the next poll.
  auto until = poll;
  for (const auto* sweep : sweeps()) {
    const auto until_sweep = std::max<std::chrono::steady_clock::duration>(
        sweep->cursor.due_at() - parts_.clock.steady_now(), settings_.hint_delay);
    until = std::min(until, std::chrono::steady_clock::now() + until_sweep);
  }
  if (!co_await parts_.signal.wait(until)) co_return;
  Timer timer(executor_);
  timer.expires_after(jittered(settings_.hint_delay));
  co_await timer.async_wait(use_task);
}

SweepCursor::Settings Reconciler::out_of_step(SweepCursor::Settings sweep) {
  sweep.interval = jittered(sweep.interval);
  return sweep;
}

std::chrono::milliseconds Reconciler::jittered(std::chrono::milliseconds most) {
  const auto half = most.count() / 2;
  return std::chrono::milliseconds(
      std::uniform_int_distribution<std::int64_t>(half, most.count())(random_));
}

Task<void> Reconciler::run_round() {
  Done outcome;
  try {
    outcome = co_await round_parts();
  } catch (const std::exception& failure) {
    outcome = domain::fail(ErrorCode::internal, failure.what());
  }
  note(outcome);
}

Task<Reconciler::Done> Reconciler::round_parts() {
  auto followed = co_await follow();
  Done swept;
  for (auto* due : sweeps()) {
    const auto now = parts_.clock.steady_now();
    if (now < due->cursor.due_at()) continue;
    if (!followed) {
      due->cursor.page_failed(now);
    } else if (auto done = co_await sweep(*due); !done) {
      swept = std::move(done);
    }
  }
  if (recent_ && parts_.clock.steady_now() >= recent_until_) recent_.reset();
  auto pushed = co_await push();
  if (!followed) co_return followed;
  if (!swept) co_return swept;
  co_return pushed;
}

std::vector<Reconciler::Sweep*> Reconciler::sweeps() {
  std::vector<Sweep*> all{&sweep_};
  if (recent_) all.push_back(&*recent_);
  return all;
}

void Reconciler::note(const Done& outcome) {
  if (!outcome) {
    if (++failures_in_a_row_ == failures_of_an_outage) {
      parts_.telemetry.warning("reconciliation",
                               "Changes cannot be followed at present: " + outcome.error().message);
    }
    return;
  }
  if (failures_in_a_row_ >= failures_of_an_outage) {
    parts_.telemetry.info("reconciliation", "Changes are followed again");
  }
  failures_in_a_row_ = 0;
  if (std::exchange(left_to_the_sweep_, false)) {
    sweep_.cursor.begin_again(parts_.clock.steady_now());
  }
}

Task<Reconciler::Done> Reconciler::begin_following() {
  const auto old = co_await parts_.repository.latest_version(settings_.recent, query_deadline());
  if (!old) co_return std::unexpected(old.error());
  const auto present = co_await parts_.repository.latest_version({}, query_deadline());
  if (!present) co_return std::unexpected(present.error());
  const auto now = parts_.clock.steady_now();
  auto settings = settings_.sweep;
  settings.interval = jittered(settings_.recent_interval);
  recent_.emplace(SweepCursor(now, *old, settings), "sweep-of-recent",
                  rest_after(settings_.recent_interval));
  recent_until_ = now + settings_.recent;
  cursor_.emplace(*present, settings_.follow);
  co_return Done();
}

Task<Reconciler::Done> Reconciler::follow() {
  if (!cursor_) {
    if (auto begun = co_await begin_following(); !begun) co_return begun;
  }
  cursor_->begin_round(parts_.clock.steady_now());
  Done outcome;
  while (const auto since = cursor_->next_page()) {
    const auto page = co_await parts_.repository.find_changed(*since, settings_.follow.page_size,
                                                              query_deadline());
    if (!page) co_return std::unexpected(page.error());
    const auto read_at = parts_.clock.steady_now();
    auto compared = co_await compare(cursor_->unhandled(*page), Purpose::follow);
    if (!compared) outcome = std::move(compared);
    cursor_->handled(*page, read_at);
  }
  co_return outcome;
}

Task<Reconciler::Done> Reconciler::sweep(Sweep& sweep) {
  auto& cursor = sweep.cursor;
  if (!cursor.is_under_way()) {
    const auto taken = co_await take_turn(sweep);
    if (!taken) {
      cursor.page_failed(parts_.clock.steady_now());
      co_return std::unexpected(taken.error());
    }
    if (!*taken) co_return Done();
  }
  const auto page = co_await parts_.repository.find_changed(
      cursor.since(), settings_.sweep.page_size, query_deadline());
  if (!page) {
    cursor.page_failed(parts_.clock.steady_now());
    co_return std::unexpected(page.error());
  }
  auto compared = co_await compare(*page, Purpose::sweep);
  cursor.page_done(*page, parts_.clock.steady_now());
  co_await keep_turn(sweep);
  co_return compared;
}

Task<domain::Result<bool>> Reconciler::take_turn(Sweep& sweep) {
  bool is_ours = true;
  if (parts_.fleet != nullptr) {
    const auto taken = co_await parts_.fleet->take_turn(parts_.environment, sweep.work,
                                                        settings_.turn, cache_deadline());
    if (!taken) co_return std::unexpected(taken.error());
    is_ours = *taken;
  }
  if (is_ours) {
    sweep.cursor.begin();
  } else {
    sweep.cursor.left_to_another(parts_.clock.steady_now());
  }
  co_return is_ours;
}

Task<void> Reconciler::keep_turn(const Sweep& sweep) {
  if (parts_.fleet == nullptr) co_return;
  const auto life = sweep.cursor.is_under_way() ? settings_.turn : sweep.rest;
  // If that fails, somebody else may sweep as well, or go on where this process stopped.
  (void)co_await parts_.fleet->keep_turn(parts_.environment, sweep.work, life, cache_deadline());
}

Task<Reconciler::Done> Reconciler::compare(std::vector<ChangedState> changes, Purpose purpose) {
  std::map<Environment, std::vector<FlagState>> by_environment;
  for (auto& [environment, state] : changes) {
    by_environment[environment].push_back(std::move(state));
  }
  Done outcome;
  for (const auto& [environment, states] : by_environment) {
    std::vector<FlagKey> keys;
    keys.reserve(states.size());
    for (const auto& state : states) keys.push_back(domain::key_of(state));
    const auto lookups =
        co_await parts_.cache.get_many(environment, std::move(keys), cache_deadline());
    // An environment whose part of the cache cannot be read must not keep the others from
    // following: its changes are kept by name, and a sweep will be made once all is well.
    if (!lookups) {
      outcome = std::unexpected(lookups.error());
      if (purpose == Purpose::sweep) left_to_the_sweep_ = true;
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
      const auto cached = lookups ? version_in((*lookups)[i]) : std::nullopt;
      const bool is_behind =
          cached ? *cached < domain::version_of(states[i]) : purpose == Purpose::follow;
      if (is_behind) keep(FlagName(environment, domain::key_of(states[i])));
    }
  }
  co_return outcome;
}

void Reconciler::keep(FlagName name) {
  if (behind_.size() >= settings_.most_kept && !behind_.contains(name)) {
    left_to_the_sweep_ = true;
    return;
  }
  behind_.insert(std::move(name));
}

Task<Reconciler::Done> Reconciler::push() {
  Done outcome;
  auto next = behind_.begin();
  while (next != behind_.end()) {
    const auto environment = next->first;
    std::vector<FlagKey> keys;
    for (; next != behind_.end() && next->first == environment && keys.size() < most_keys_a_push;
         ++next) {
      keys.push_back(next->second);
    }
    const FlagName last(environment, keys.back());
    auto pushed = co_await push_some(environment, std::move(keys));
    next = behind_.upper_bound(last);
    if (pushed) continue;
    // Enough of this environment for now; the others must not wait for it.
    outcome = std::move(pushed);
    next = std::find_if(next, behind_.end(),
                        [&](const FlagName& name) { return name.first != environment; });
  }
  co_return outcome;
}

Task<Reconciler::Done> Reconciler::push_some(Environment environment, std::vector<FlagKey> keys) {
  // The order matters: first the cache's time, then the database (rule 3). So what was found to be
  // behind is read once more here, and is never older than when it was found.
  auto snapshot = parts_.cache.snapshot(environment);
  if (!snapshot) co_return std::unexpected(std::move(snapshot.error()));
  snapshot->max_age = settings_.lifetimes.max_age();
  const auto states = co_await parts_.repository.find_many(environment, keys, query_deadline());
  if (!states) co_return std::unexpected(states.error());

  auto entries = settings_.lifetimes.entries_of(*states);
  const auto report =
      co_await parts_.cache.set_many(environment, std::move(entries), *snapshot, cache_deadline());
  // A key that the database does not know any more was removed with its row: nothing to push.
  std::set<FlagKey> done(keys.begin(), keys.end());
  std::vector<FlagState> written;
  for (std::size_t i = 0; i < states->size(); ++i) {
    const auto& state = (*states)[i];
    if (!is_in_cache(report.outcomes[i])) done.erase(domain::key_of(state));
    if (report.outcomes[i] == WriteOutcome::written) written.push_back(state);
  }
  for (const auto& key : done) behind_.erase(FlagName(environment, key));
  if (!written.empty()) co_await parts_.announce(environment, std::move(written));
  if (report.error) co_return std::unexpected(*report.error);
  if (done.size() < keys.size()) {
    co_return domain::fail(ErrorCode::deadline_exceeded, "A change took too long to be written");
  }
  co_return Done();
}

}  // namespace hearth::application
