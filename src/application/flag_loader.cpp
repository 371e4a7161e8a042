#include "application/flag_loader.hpp"

#include <boost/asio/detached.hpp>

#include <limits>
#include <utility>

namespace hearth::application {
namespace {

using domain::ErrorCode;
using domain::FlagKey;
using domain::FlagState;
using domain::Tombstone;

/// The database could be reached, whatever it answered.
bool reached(const std::optional<domain::Error>& error) {
  return !error ||
         (error->code != ErrorCode::unavailable && error->code != ErrorCode::deadline_exceeded &&
          error->code != ErrorCode::misconfigured);
}

/// Wakes each waiter once.
template <class Loaded>
void wake(std::vector<Resume<Loaded>>& waiters, const Loaded& loaded) {
  for (auto& resume : std::exchange(waiters, {})) resume(loaded);
}

template <class T>
std::optional<domain::Error> error_of(const domain::Result<T>& result) {
  if (result) return std::nullopt;
  return result.error();
}

}  // namespace

FlagLoader::FlagLoader(Executor executor, FlagRepository& repository, CacheAdapter& cache,
                       CacheStatistics& statistics, Readiness& readiness, Settings settings)
    : executor_(executor),
      repository_(repository),
      cache_(cache),
      statistics_(statistics),
      readiness_(readiness),
      settings_(settings),
      misses_({}),
      all_misses_({.most_under_way = 1}),
      unknown_keys_(settings.most_unknown_keys, settings.lifetimes.unknown) {}

Task<domain::Result<FlagState>> FlagLoader::load(domain::Environment environment, FlagKey key) {
  return run_on(executor_, join<Misses, FlagKey, LoadedState>(misses_, std::move(environment),
                                                              std::move(key)));
}

Task<domain::Result<AllFlags>> FlagLoader::load_all(domain::Environment environment) {
  return run_on(executor_, join<AllMisses, std::monostate, LoadedAll>(
                               all_misses_, std::move(environment), std::monostate{}));
}

template <class Groups, class Key, class Loaded>
Task<Loaded> FlagLoader::join(Groups& groups, domain::Environment environment, Key key) {
  if (!groups.has_room()) {
    co_return domain::fail(ErrorCode::unavailable,
                           "Too many reads wait for the database; try again in a moment");
  }
  auto wait = [&](Resume<Loaded> resume) {
    groups.join(environment, key, std::move(resume));
    send_waiting();
  };
  co_return co_await await_callback<Loaded>(wait);
}

void FlagLoader::send_waiting() {
  while (auto group = misses_.take()) {
    boost::asio::co_spawn(executor_, run_group(std::move(*group)), boost::asio::detached);
  }
  while (auto group = all_misses_.take()) {
    boost::asio::co_spawn(executor_, run_all(std::move(*group)), boost::asio::detached);
  }
}

Task<void> FlagLoader::run_group(Misses::Group group) {
  // The place of this group stays taken until the cache is filled, so that a slow cache bounds
  // what is under way instead of piling it up; and it is given back whatever happens.
  try {
    co_await load_group(group);
  } catch (const std::exception& failure) {
    const LoadedState error = domain::fail(ErrorCode::internal, failure.what());
    for (auto& [key, waiters] : group.waiters) wake(waiters, error);
  }
  misses_.finished();
  send_waiting();
}

Task<void> FlagLoader::load_group(Misses::Group& group) {
  std::vector<FlagKey> keys;
  keys.reserve(group.waiters.size());
  for (const auto& [key, waiters] : group.waiters) keys.push_back(key);

  // The order matters: first the cache's time, then the database (rule 3).
  const auto snapshot = cache_.snapshot(group.environment);
  statistics_.record_database_read();
  auto found = co_await repository_.find_many(group.environment, std::move(keys),
                                              deadline_in(settings_.query_timeout));
  readiness_.note_database(reached(error_of(found)));

  std::vector<FlagState> states;
  if (found) {
    for (auto& state : *found) {
      const auto waiting = group.waiters.find(domain::key_of(state));
      if (waiting == group.waiters.end()) continue;
      wake(waiting->second, LoadedState(state));
      group.waiters.erase(waiting);
      states.push_back(std::move(state));
    }
  }
  for (auto& [key, waiters] : group.waiters) {
    const LoadedState unknown =
        found ? LoadedState(Tombstone{key, 0}) : LoadedState(std::unexpect, found.error());
    wake(waiters, unknown);
    if (unknown && worth_remembering(*unknown)) states.push_back(*unknown);
  }
  co_await fill(group.environment, std::move(states), snapshot);
}

Task<void> FlagLoader::run_all(AllMisses::Group group) {
  LoadedAll loaded = domain::fail(ErrorCode::internal, "The flags could not be read");
  try {
    loaded = co_await load_everything(group.environment);
  } catch (const std::exception& failure) {
    loaded = domain::fail(ErrorCode::internal, failure.what());
  }
  all_misses_.finished();
  wake(group.waiters.begin()->second, loaded);
  send_waiting();
}

Task<domain::Result<AllFlags>> FlagLoader::load_everything(domain::Environment environment) {
  statistics_.record_database_read();
  PageRequest everything;
  everything.limit = std::numeric_limits<std::int32_t>::max();
  auto page = co_await repository_.list(std::move(environment), everything,
                                        deadline_in(settings_.query_timeout));
  readiness_.note_database(reached(error_of(page)));
  if (!page) co_return std::unexpected(std::move(page.error()));
  co_return snapshot_of(std::move(page->flags));
}

bool FlagLoader::worth_remembering(const FlagState& state) {
  return domain::version_of(state) != 0 || unknown_keys_.take(std::chrono::steady_clock::now());
}

Task<void> FlagLoader::fill(domain::Environment environment, std::vector<FlagState> states,
                            domain::Result<CacheSnapshot> snapshot) {
  if (!snapshot || states.empty()) co_return;
  snapshot->max_age = settings_.lifetimes.max_age();
  auto entries = settings_.lifetimes.entries_of(std::move(states));
  // Nothing to say when it fails: the next miss tries again, and readiness knows from the reads.
  co_await cache_.set_many(std::move(environment), std::move(entries), *snapshot,
                           deadline_in(settings_.fill_timeout));
}

}  // namespace hearth::application
