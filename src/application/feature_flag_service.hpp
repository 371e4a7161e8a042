#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "application/access_tracker.hpp"
#include "application/cache_statistics.hpp"
#include "application/change_writer.hpp"
#include "application/entry_refresher.hpp"
#include "application/flag_loader.hpp"
#include "application/flag_snapshots.hpp"
#include "application/fleet_warming.hpp"
#include "application/near_cache.hpp"
#include "application/ports/cache_adapter.hpp"
#include "application/ports/clock.hpp"
#include "application/ports/flag_repository.hpp"
#include "application/readiness.hpp"
#include "application/task.hpp"
#include "domain/evaluation.hpp"
#include "domain/flag.hpp"

namespace hearth::application {

/// A live flag and where it came from.
struct FlagRead {
  domain::Flag flag;
  ReadSource source = ReadSource::miss;
};

/// A live flag of which the thread's own copy answers at once. Valid until the service is used
/// again.
struct NearFlag {
  const domain::Flag& flag;
  std::string& rendering;  ///< of NearCopy: the caller's
  std::chrono::steady_clock::time_point answered_at;
};

/// A read that this thread's own copies have not answered: what its answer is counted and kept
/// with. Made before anything is read, so that what is heard of meanwhile voids the copy
/// (docs/coherence/README.md, rule 6).
struct BegunRead {
  std::chrono::steady_clock::time_point begin;
  Lease::Time looked{};  ///< of stamp
  CopyStamp stamp{};
};

/// A live flag that the shared cache held, and when it was counted as answered.
struct CachedFlag {
  domain::FlagView flag;
  std::chrono::steady_clock::time_point answered_at;
};

/// All live flags of an environment and where they came from.
struct AllFlagsRead {
  AllFlags snapshot;  ///< never null
  ReadSource source = ReadSource::miss;
};

struct FlagEvaluation {
  domain::FlagKey key;
  domain::Evaluation evaluation;
  ReadSource source = ReadSource::miss;
};

/// The value for a user of a flag that was read from there; no user: of nobody in particular.
[[nodiscard]] FlagEvaluation evaluate(const domain::Flag& flag,
                                      std::optional<std::string_view> user_id, ReadSource source);

/// A change that is committed. `in_force`: everywhere; otherwise it will be within seconds.
struct ChangedFlag {
  domain::Flag flag;
  bool in_force = false;
};

/// An import that is committed (or, as a dry run, described).
struct ImportedFlags {
  ImportReport report;
  bool in_force = true;
};

/// What hearth does with flags, for one thread.
///
/// Public reads come from the near cache, else from the shared one, else from the database in
/// groups, and never fail because a cache does. When the database cannot answer either, the last
/// known value does, and says so. Administration speaks with the database.
/// Threading: an instance belongs to one thread's executor, as its caches and its access counter
/// do; the parts it shares with other instances may be used from any thread.
class FeatureFlagService {
 public:
  struct Parts {
    Executor engine;  ///< where changes are written
    CacheAdapter& cache;
    NearCache& near;
    FlagSnapshots& snapshots;
    AccessCounter& accesses;
    FlagLoader& loader;
    EntryRefresher& refresher;
    FlagRepository& repository;
    ChangeWriter& changes;
    FleetWarming& warming;
    CacheStatistics& statistics;
    Readiness& readiness;
    const Clock& clock;
  };

  struct Settings {
    std::chrono::milliseconds cache_timeout{50};
    /// A read whose flag has a last known value waits for the database no longer than this.
    std::chrono::milliseconds stale_patience{2'000};
    std::chrono::milliseconds database_timeout{5'000};  ///< of administration
    std::chrono::milliseconds import_timeout{120'000};
  };

  FeatureFlagService(Parts parts, Settings settings);

  /// `not_found`, or `unavailable` if neither the cache nor the database knows.
  [[nodiscard]] Task<domain::Result<FlagRead>> get(domain::Environment environment,
                                                   domain::FlagKey key);

  /// The same without waiting, if this thread's own copy may be served and is of a live flag; the
  /// read, which began at `begin`, has then been counted as `get` counts it. Nothing has happened
  /// otherwise: `get` knows the rest.
  [[nodiscard]] std::optional<NearFlag> get_near(const domain::Environment& environment,
                                                 std::string_view key,
                                                 std::chrono::steady_clock::time_point begin);

  // What `get` does beyond this thread's own copies, in steps, for who has an await of his own:
  // begin_read, ask_cache, then take_hit, and where that gives nothing, finish_read.

  [[nodiscard]] BegunRead begin_read(const domain::Environment& environment,
                                     domain::FlagKeyView key,
                                     std::chrono::steady_clock::time_point begin);

  /// Asks the shared cache, until `cache_timeout` after the read's beginning. As CacheAdapter::get.
  [[nodiscard]] Task<domain::Result<CacheRead>> ask_cache(const domain::Environment& environment,
                                                          domain::FlagKeyView key,
                                                          const BegunRead& begun) {
    return parts_.cache.get(environment, key, begun.begin + settings_.cache_timeout);
  }

  /// The flag in the answer, if a live one is; the read has then been counted, and a copy been
  /// kept. Nothing: `finish_read` knows the rest. Valid as long as what was found.
  [[nodiscard]] std::optional<CachedFlag> take_hit(const domain::Environment& environment,
                                                   domain::FlagKeyView key, const BegunRead& begun,
                                                   const domain::Result<CacheRead>& found);

  /// What `get` gives where the shared cache has answered something else: a tombstone, nothing, or
  /// an error.
  [[nodiscard]] Task<domain::Result<FlagRead>> finish_read(domain::Environment environment,
                                                           domain::FlagKey key, BegunRead begun,
                                                           domain::Result<CacheRead> found);

  /// The flag's value for a user; fails as `get` does.
  [[nodiscard]] Task<domain::Result<FlagEvaluation>> evaluate(domain::Environment environment,
                                                              domain::FlagKey key,
                                                              std::optional<std::string> user_id);

  /// All live flags of an environment. Comes from this thread's own snapshot, else from the
  /// database, for all who wait at once; fails as FlagRepository does.
  [[nodiscard]] Task<domain::Result<AllFlagsRead>> get_all(domain::Environment environment);

  /// For administrators, from the database; errors as FlagRepository.
  [[nodiscard]] Task<domain::Result<FlagPage>> list(domain::Environment environment,
                                                    PageRequest page);
  [[nodiscard]] Task<domain::Result<domain::Flag>> find(domain::Environment environment,
                                                        domain::FlagKey key);

  /// Changes; `validation` for a draft or patch that breaks a rule, else as FlagRepository.
  [[nodiscard]] Task<domain::Result<ChangedFlag>> create(domain::Environment environment,
                                                         domain::FlagDraft draft);
  [[nodiscard]] Task<domain::Result<ChangedFlag>> update(domain::Environment environment,
                                                         domain::FlagKey key,
                                                         domain::FlagPatch patch,
                                                         std::optional<domain::Version> expected);

  /// True: in force everywhere.
  [[nodiscard]] Task<domain::Result<bool>> remove(domain::Environment environment,
                                                  domain::FlagKey key,
                                                  std::optional<domain::Version> expected);

  /// Imports all drafts in one transaction. `validation` for a key that occurs twice.
  [[nodiscard]] Task<domain::Result<ImportedFlags>> import(domain::Environment environment,
                                                           std::vector<domain::FlagDraft> drafts,
                                                           ImportMode mode,
                                                           FlagRepository::Progress progress);

  /// Warms the named flags, or the hottest if none are named, or joins a run that is under way.
  /// Never fails.
  [[nodiscard]] Task<WarmReport> warm_cache(WarmRequest request) {
    return parts_.warming.warm(std::move(request));
  }

  /// The recent warm runs of the fleet, newest first, and one of them.
  [[nodiscard]] Task<std::vector<WarmReport>> recent_warm_runs(domain::Environment environment) {
    return parts_.warming.recent_runs(std::move(environment));
  }
  [[nodiscard]] Task<std::optional<WarmReport>> find_warm_run(domain::Environment environment,
                                                              std::string id) {
    return parts_.warming.find_run(std::move(environment), std::move(id));
  }

  /// What part of the flags that were warmed last is in the cache now, 0..1; nothing if that is
  /// not known.
  [[nodiscard]] Task<std::optional<double>> coverage(domain::Environment environment) {
    return parts_.warming.coverage(std::move(environment));
  }

 private:
  struct StateRead {
    domain::FlagState state;
    ReadSource source;
  };

  [[nodiscard]] domain::Result<FlagRead> answer(const domain::Environment& environment,
                                                const domain::FlagKey& key, const BegunRead& begun,
                                                StateRead read);
  Task<domain::Result<domain::FlagState>> load(domain::Environment environment,
                                               domain::FlagKey key);
  Task<domain::Result<AllFlags>> load_all(domain::Environment environment);
  Task<domain::Result<CommittedChange>> commit(domain::Environment environment, domain::FlagKey key,
                                               Task<domain::Result<domain::FlagState>> change);
  Task<domain::Result<ImportedFlags>> import_on_engine(domain::Environment environment,
                                                       std::vector<domain::FlagDraft> drafts,
                                                       ImportMode mode,
                                                       FlagRepository::Progress progress);
  [[nodiscard]] Deadline database_deadline() const {
    return deadline_in(settings_.database_timeout);
  }

  Parts parts_;
  Settings settings_;
};

}  // namespace hearth::application
