#include "application/change_writer.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

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

}  // namespace

ChangeWriter::ChangeWriter(Executor executor, FlagRepository& repository, CacheAdapter& cache,
                           Telemetry& telemetry, Settings settings)
    : executor_(executor),
      repository_(repository),
      cache_(cache),
      telemetry_(telemetry),
      settings_(settings) {}

domain::Result<CacheSnapshot> ChangeWriter::snapshot() {
  auto snapshot = cache_.snapshot();
  if (snapshot) snapshot->max_age = settings_.lifetimes.max_age();
  return snapshot;
}

Task<domain::Result<CommittedChange>> ChangeWriter::commit(domain::Environment environment,
                                                           FlagKey key,
                                                           Task<domain::Result<FlagState>> change) {
  const auto before = snapshot();
  auto committed = co_await std::move(change);
  if (!committed) {
    if (committed.error().code == ErrorCode::in_doubt) look_again(environment, {key});
    co_return std::unexpected(std::move(committed.error()));
  }
  std::vector<FlagState> states;
  states.push_back(*committed);
  const bool in_force = co_await write(environment, std::move(states), before);
  co_return CommittedChange{std::move(*committed), in_force};
}

Task<bool> ChangeWriter::write(domain::Environment environment, std::vector<FlagState> states,
                               domain::Result<CacheSnapshot> snapshot) {
  if (!snapshot) {
    for (const auto& state : states) remember(environment, domain::key_of(state));
    settle_soon();
    co_return states.empty();
  }
  std::vector<CacheEntry> entries;
  std::vector<FlagKey> keys;
  for (auto& state : states) {
    keys.push_back(domain::key_of(state));
    const auto ttl = settings_.lifetimes.of(state);
    entries.push_back(CacheEntry{std::move(state), ttl});
  }
  const auto report = co_await cache_.set_many(environment, std::move(entries), *snapshot,
                                               deadline_in(settings_.write_timeout));
  bool all_in_force = true;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (is_in_force(report.outcomes[i])) {
      unsettled_.erase(FlagName{environment, keys[i]});
    } else {
      all_in_force = false;
      remember(environment, keys[i]);
    }
  }
  if (!all_in_force) {
    telemetry_.warning("cache_write",
                       report.error ? report.error->message
                                    : "A change took too long to reach the cache; trying again");
    settle_soon();
  }
  co_return all_in_force;
}

void ChangeWriter::look_again(const domain::Environment& environment,
                              const std::vector<FlagKey>& keys) {
  for (const auto& key : keys) remember(environment, key);
  settle_soon();
}

void ChangeWriter::remember(const domain::Environment& environment, const FlagKey& key) {
  FlagName name{environment, key};
  if (unsettled_.size() >= settings_.most_unsettled && !unsettled_.contains(name)) {
    telemetry_.warning("cache_write", "Too many changes wait for the cache; one is left to expire");
    return;
  }
  unsettled_.insert_or_assign(std::move(name),
                              std::chrono::steady_clock::now() + settings_.lifetimes.known);
}

void ChangeWriter::settle_soon() {
  if (settling_ || unsettled_.empty()) return;
  settling_ = true;
  boost::asio::co_spawn(executor_, keep_settling(), boost::asio::detached);
}

Task<void> ChangeWriter::keep_settling() {
  Backoff backoff(retry_limits);
  std::mt19937_64 random{std::random_device{}()};
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer(executor_);
  while (!unsettled_.empty()) {
    timer.expires_after(backoff.next(random()));
    co_await timer.async_wait(use_task);
    const auto waiting = unsettled_.size();
    co_await settle();
    if (unsettled_.size() < waiting) backoff.reset();
  }
  settling_ = false;
}

std::pair<domain::Environment, std::vector<FlagKey>> ChangeWriter::next_unsettled() const {
  std::pair<domain::Environment, std::vector<FlagKey>> next{unsettled_.begin()->first.first, {}};
  for (const auto& [name, until] : unsettled_) {
    if (name.first != next.first || next.second.size() >= most_keys_a_try) break;
    next.second.push_back(name.second);
  }
  return next;
}

Task<void> ChangeWriter::settle() {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(unsettled_, [now](const auto& entry) { return entry.second <= now; });
  const auto before = snapshot();
  if (unsettled_.empty() || !before) co_return;

  auto [environment, keys] = next_unsettled();
  auto found =
      co_await repository_.find_many(environment, keys, deadline_in(settings_.query_timeout));
  if (!found) co_return;
  // A change in doubt that never happened may concern a key that has never existed.
  std::set<FlagKey> absent(keys.begin(), keys.end());
  for (const auto& state : *found) absent.erase(domain::key_of(state));
  for (const auto& key : absent) unsettled_.erase(FlagName{environment, key});
  co_await write(environment, std::move(*found), before);
}

}  // namespace hearth::application
