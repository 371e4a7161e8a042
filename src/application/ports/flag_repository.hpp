#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "application/deadline.hpp"
#include "application/task.hpp"
#include "domain/error.hpp"
#include "domain/flag.hpp"
#include "domain/names.hpp"

namespace hearth::application {

/// One page of live flags in the order of their keys (byte order).
struct FlagPage {
  std::vector<domain::Flag> flags;
  std::optional<domain::FlagKey> next_after;  ///< pass as `after` to go on; absent: that was all
};

/// Which page. `limit` must be at least 1.
struct PageRequest {
  std::optional<domain::FlagKey> after;
  std::size_t limit = 100;
};

/// Which flags a warm run asks for.
struct HeatQuery {
  std::size_t limit = 20;
  bool include_disabled = false;
  std::size_t batch = 1'000;  ///< how many come together, at most; at least 1
};

/// Takes what a query finds while the query is still under way.
class FlagSink {
 public:
  virtual ~FlagSink() = default;

  /// The next flags, in the query's order, at least one. Called on the executor of the query's
  /// caller, and again only when the call before has ended: a sink that takes its time holds the
  /// query back, so it must answer by the query's deadline. False: no more are wanted.
  [[nodiscard]] virtual Task<bool> take(std::vector<domain::Flag> flags) = 0;
};

/// What an import did, or would do. Counts add up to the number of drafts.
struct ImportReport {
  std::size_t created = 0;
  std::size_t updated = 0;
  std::size_t unchanged = 0;
  std::vector<domain::Flag> changed;  ///< the created and updated flags as they stand now
};

enum class ImportMode { apply, dry_run };

/// What one flag has become, wherever it belongs.
struct ChangedState {
  domain::Environment environment;
  domain::FlagState state;
};

/// The system of record for flags.
///
/// Threading: any thread that runs an `io_context`; the task completes on the caller's executor.
/// Deadline: past it the answer is `deadline_exceeded` (for a change that was sent: `in_doubt`).
/// Absence is not failure: an unknown key is left out of a result, or is `not_found` where one
/// flag was named. `unavailable`: the database cannot be reached or gave up, and nothing changed.
/// `in_doubt`: a change was sent and its outcome is not known. `misconfigured`: no such database,
/// schema or permission. Every change gives the flag a greater version.
class FlagRepository {
 public:
  virtual ~FlagRepository() = default;

  /// The state of each key that has ever existed (live or deleted), in no particular order, by
  /// one query. Keys that never existed are left out; duplicates in `keys` count once.
  [[nodiscard]] virtual Task<domain::Result<std::vector<domain::FlagState>>> find_many(
      domain::Environment environment, std::vector<domain::FlagKey> keys, Deadline deadline) = 0;

  /// The `limit` hottest live flags, hottest first, then (if fewer have ever been read) further
  /// live flags in the order of their keys, by one query. If no such flag has ever been read:
  /// every one of them, whatever the limit and in no particular order. Disabled flags only if asked
  /// for.
  ///
  /// They go to `sink`, which must outlive the call, in batches of `query.batch` (the last one may
  /// be smaller) while further ones are being read: what is in memory at a time is bounded, however
  /// many there are. All of them are of one moment, when the query began. A failure may come after
  /// some have been taken; a sink that wants no more ends the call well.
  [[nodiscard]] virtual Task<domain::Result<void>> stream_hottest(domain::Environment environment,
                                                                  HeatQuery query, FlagSink& sink,
                                                                  Deadline deadline) = 0;

  /// What has a greater version than `since`: the present states, live or deleted, of every
  /// environment, in the order of their versions, at most `limit` (at least 1), by one query. Pass
  /// the last one's version to go on. A flag that changed twice comes once, with its last version.
  ///
  /// Changes may become visible out of the order of their versions: a transaction that is still
  /// open has its version already, and others that commit meanwhile have greater ones. So a reader
  /// that only ever asks for what is greater than the last one misses some (see ChangeCursor).
  [[nodiscard]] virtual Task<domain::Result<std::vector<ChangedState>>> find_changed(
      domain::Version since, std::size_t limit, Deadline deadline) = 0;

  /// The greatest version among the flags whose last change was made at least `age` ago by the
  /// database's own clock; 0 if there is none. Where to begin following changes.
  [[nodiscard]] virtual Task<domain::Result<domain::Version>> latest_version(
      std::chrono::milliseconds age, Deadline deadline) = 0;

  /// One page of live flags.
  [[nodiscard]] virtual Task<domain::Result<FlagPage>> list(domain::Environment environment,
                                                            PageRequest page,
                                                            Deadline deadline) = 0;

  /// Makes a flag, or brings a deleted one back. `already_exists` if a live one is there.
  [[nodiscard]] virtual Task<domain::Result<domain::Flag>> create(domain::Environment environment,
                                                                  domain::FlagDraft draft,
                                                                  Deadline deadline) = 0;

  /// Changes the members that `patch` names. `version_mismatch` if `expected` is given and is not
  /// the flag's present version; `not_found` for an unknown or deleted flag. A patch that changes
  /// nothing still counts as a change.
  [[nodiscard]] virtual Task<domain::Result<domain::Flag>> update(
      domain::Environment environment, domain::FlagKey key, domain::FlagPatch patch,
      std::optional<domain::Version> expected, Deadline deadline) = 0;

  /// Deletes softly: the version must survive. Fails as `update` does.
  [[nodiscard]] virtual Task<domain::Result<domain::Tombstone>> remove(
      domain::Environment environment, domain::FlagKey key, std::optional<domain::Version> expected,
      Deadline deadline) = 0;

  /// Called now and then during an import with the number of drafts that are done.
  using Progress = std::function<void(std::size_t done)>;

  /// Creates, brings back or updates all drafts in one transaction; drafts that change nothing
  /// are left alone. `dry_run` reports the same and changes nothing. The keys must differ.
  /// `progress` may be empty; it is called on an unspecified thread, never concurrently.
  [[nodiscard]] virtual Task<domain::Result<ImportReport>> import(
      domain::Environment environment, std::vector<domain::FlagDraft> drafts, ImportMode mode,
      Progress progress, Deadline deadline) = 0;
};

}  // namespace hearth::application
