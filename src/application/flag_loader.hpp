#pragma once

#include <chrono>
#include <memory>
#include <variant>
#include <vector>

#include "application/await_callback.hpp"
#include "application/cache_lifetimes.hpp"
#include "application/cache_statistics.hpp"
#include "application/flag_snapshots.hpp"
#include "application/grouped_misses.hpp"
#include "application/ports/cache_adapter.hpp"
#include "application/ports/flag_repository.hpp"
#include "application/readiness.hpp"
#include "application/task.hpp"
#include "application/unknown_key_budget.hpp"

namespace hearth::application {

/// Reads from the database what the cache did not have, in groups, and fills the cache with it
/// through the fence.
///
/// Threading: its state belongs to `executor`; `load` and `load_all` may be called from any
/// thread that runs an `io_context`. The cache it fills belongs to `executor` too.
class FlagLoader {
 public:
  struct Settings {
    CacheLifetimes lifetimes;
    /// Long, because whoever asks for what nobody knows has nothing better: a fleet that starts at
    /// once keeps a small database busy with its logins for seconds.
    std::chrono::milliseconds query_timeout{8000};
    std::chrono::milliseconds fill_timeout{200};
    std::size_t most_unknown_keys = 10'000;  ///< remembered in each span of their TTL
  };

  FlagLoader(Executor executor, FlagRepository& repository, CacheAdapter& cache,
             CacheStatistics& statistics, Readiness& readiness, Settings settings);

  /// The state of one key as it was at some moment after the call. A key that has never existed
  /// is a tombstone of version 0. Fails as FlagRepository::find_many does, and with `unavailable`
  /// when too many misses wait already.
  [[nodiscard]] Task<domain::Result<domain::FlagState>> load(domain::Environment environment,
                                                             domain::FlagKey key);

  /// All live flags as they were at some moment after the call.
  [[nodiscard]] Task<domain::Result<AllFlags>> load_all(domain::Environment environment);

 private:
  using LoadedState = domain::Result<domain::FlagState>;
  using LoadedAll = domain::Result<AllFlags>;
  using Misses = GroupedMisses<domain::FlagKey, Resume<LoadedState>>;
  using AllMisses = GroupedMisses<std::monostate, Resume<LoadedAll>>;

  template <class Groups, class Key, class Loaded>
  Task<Loaded> join(Groups& groups, domain::Environment environment, Key key);
  void send_waiting();
  Task<void> run_group(Misses::Group group);
  Task<void> load_group(Misses::Group& group);
  Task<void> run_all(AllMisses::Group group);
  Task<LoadedAll> load_everything(domain::Environment environment);
  Task<void> fill(domain::Environment environment, std::vector<domain::FlagState> states,
                  domain::Result<CacheSnapshot> snapshot);
  [[nodiscard]] bool worth_remembering(const domain::FlagState& state);

  Executor executor_;
  FlagRepository& repository_;
  CacheAdapter& cache_;
  CacheStatistics& statistics_;
  Readiness& readiness_;
  const Settings settings_;
  Misses misses_;
  AllMisses all_misses_;
  UnknownKeyBudget unknown_keys_;
};

}  // namespace hearth::application
