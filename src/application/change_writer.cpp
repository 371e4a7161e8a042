#include "application/change_writer.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <random>
#include <set>

#include "application/backoff.hpp"

namespace hearth::application {
namespace {

using domain::ErrorCode;
using domain::FlagKey;
using domain::FlagState;

constexpr Backoff::Limits retry_limits{std::chrono::milliseconds(100),
                                       std::chrono::milliseconds(2000)};
constexpr std::size_t most_keys_a_try = 200;

bool is_in_force(WriteOutcome outcome) {
  return outcome == WriteOutcome::written || outcome == WriteOutcome::unchanged ||
         outcome == WriteOutcome::newer_present;
}

/// Of a change that is not known to be committed.
ChangeOutcome outcome_of(ErrorCode code) {
  const bool refused = code == ErrorCode::not_found || code == ErrorCode::already_exists ||
                       code == ErrorCode::version_mismatch || code == ErrorCode::validation;
  return refused ? ChangeOutcome::refused : ChangeOutcome::failed;
}

}  // namespace

ChangeWriter::ChangeWriter(Executor executor, FlagRepository& repository, CacheAdapter& cache,
                           ChangeAnnouncer& announcer, Telemetry& telemetry, Settings settings)
    : executor_(executor),
      repository_(repository),
      cache_(cache),
      announcer_(announcer),
      telemetry_(telemetry),
      settings_(settings) {}

domain::Result<CacheSnapshot> ChangeWriter::snapshot(const domain::Environment& environment) {
  auto snapshot = cache_.snapshot(environment);
  if (snapshot) snapshot->max_age = settings_.lifetimes.max_age();
  return snapshot;
}

Task<domain::Result<CommittedChange>> ChangeWriter::commit(domain::Environment environment,
                                                           FlagKey key,
                                                           Task<domain::Result<FlagState>> change) {
  const auto begun = std::chrono::steady_clock::now();
  const auto before = snapshot(environment);
  auto committed = co_await std::move(change);
  if (!committed) {
    telemetry_.change_finished(outcome_of(committed.error().code),
                               std::chrono::steady_clock::now() - begun);
    if (committed.error().code == ErrorCode::in_doubt) look_again(environment, {key});
    co_return std::unexpected(std::move(committed.error()));
  }
  std::vector<FlagState> states;
  states.push_back(*committed);
  const bool in_force = co_await write(environment, std::move(states), before);
  telemetry_.change_finished(in_force ? ChangeOutcome::in_force : ChangeOutcome::pending,
                             std::chrono::steady_clock::now() - begun);
  co_return CommittedChange{std::move(*committed), in_force};
}

Task<bool> ChangeWriter::write(domain::Environment environment, std::vector<FlagState> states,
                               domain::Result<CacheSnapshot> snapshot) {
  std::vector<bool> in_force(states.size(), false);
  if (snapshot) in_force = co_await put(environment, states, *snapshot);
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto& key = domain::key_of(states[i]);
    const auto version = domain::version_of(states[i]);
    if (!in_force[i]) {
      remember(environment, key, version, std::chrono::milliseconds(0));
      continue;
    }
    const auto waiting = unsettled_.find(FlagName{environment, key});
    if (waiting != unsettled_.end() && waiting->second.version <= version) {
      unsettled_.erase(waiting);
    }
  }
  settle_soon();
  co_return std::ranges::all_of(in_force, std::identity{});
}

Task<std::vector<bool>> ChangeWriter::put(domain::Environment environment,
                                          std::vector<FlagState> states, CacheSnapshot snapshot) {
  auto entries = settings_.lifetimes.entries_of(std::move(states));
  const auto written =
      co_await announcer_.write(std::move(environment), std::move(entries), std::move(snapshot));
  std::vector<bool> in_force;
  in_force.reserve(written.report.outcomes.size());
  bool all_written = true;
  for (const auto outcome : written.report.outcomes) {
    all_written = all_written && is_in_force(outcome);
    in_force.push_back(written.announced && is_in_force(outcome));
  }
  if (!all_written) {
    const auto& error = written.report.error;
    telemetry_.warning(
        "cache_write",
        error ? error->message : "A change took too long to reach the cache; trying again");
  }
  co_return in_force;
}

void ChangeWriter::look_again(const domain::Environment& environment,
                              const std::vector<FlagKey>& keys) {
  // Which version is not known: only looking at the database can settle it.
  constexpr auto any_version = std::numeric_limits<domain::Version>::max();
  for (const auto& key : keys) remember(environment, key, any_version, settings_.doubt_lasts);
  settle_soon();
}

void ChangeWriter::remember(const domain::Environment& environment, const FlagKey& key,
                            domain::Version version, std::chrono::milliseconds may_change_for) {
  FlagName name{environment, key};
  if (unsettled_.size() >= settings_.most_unsettled && !unsettled_.contains(name)) {
    telemetry_.warning("cache_write", "Too many changes wait for the cache; one is left to expire");
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  auto& waiting = unsettled_[std::move(name)];
  // Another writer of the old version, as late as the fence allows, may renew its entry's life.
  waiting.expires =
      now + settings_.lifetimes.known + settings_.lifetimes.max_age() + may_change_for;
  waiting.may_change_until = std::max(waiting.may_change_until, now + may_change_for);
  waiting.version = std::max(waiting.version, version);
  waiting.sequence = ++sequence_;
}

void ChangeWriter::settle_soon() {
  if (settling_ || unsettled_.empty()) return;
  settling_ = true;
  boost::asio::co_spawn(executor_, keep_settling(), boost::asio::detached);
}

Task<void> ChangeWriter::keep_settling() {
  Backoff backoff(retry_limits);
  std::mt19937_64 random{std::random_device{}()};
  Timer timer(executor_);
  while (!unsettled_.empty()) {
    timer.expires_after(backoff.next(random()));
    co_await timer.async_wait(use_task);
    const auto waiting = unsettled_.size();
    co_await settle();
    if (unsettled_.size() < waiting) backoff.reset();
  }
  settling_ = false;
}

std::pair<domain::Environment, std::vector<FlagKey>> ChangeWriter::next_unsettled() {
  auto place = last_tried_ ? unsettled_.upper_bound(*last_tried_) : unsettled_.begin();
  if (place == unsettled_.end()) place = unsettled_.begin();
  std::pair<domain::Environment, std::vector<FlagKey>> next{place->first.first, {}};
  for (; place != unsettled_.end() && place->first.first == next.first &&
         next.second.size() < most_keys_a_try;
       ++place) {
    next.second.push_back(place->first.second);
    last_tried_ = place->first;
  }
  return next;
}

Task<void> ChangeWriter::settle() {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(unsettled_, [now](const auto& entry) { return entry.second.expires <= now; });
  if (unsettled_.empty()) co_return;

  auto [environment, keys] = next_unsettled();
  const auto before = snapshot(environment);
  if (!before) co_return;
  const auto began = sequence_;
  auto found =
      co_await repository_.find_many(environment, keys, deadline_in(settings_.query_timeout));
  if (!found) co_return;
  // A change in doubt that never happened may concern a key that has never existed: nothing of it
  // can be in the cache, so that it counts as settled like what is in force.
  std::set<FlagKey> settled(keys.begin(), keys.end());
  const auto in_force = co_await put(environment, *found, *before);
  for (std::size_t i = 0; i < found->size(); ++i) {
    if (!in_force[i]) settled.erase(domain::key_of((*found)[i]));
  }
  for (const auto& key : settled) {
    const auto waiting = unsettled_.find(FlagName{environment, key});
    if (waiting == unsettled_.end()) continue;
    // Not what was remembered, or may still have happened, after this look began.
    const auto& [expires, may_change_until, version, sequence] = waiting->second;
    if (sequence <= began && may_change_until <= now) unsettled_.erase(waiting);
  }
}

}  // namespace hearth::application
