#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "application/deadline.hpp"
#include "application/task.hpp"
#include "domain/error.hpp"
#include "domain/flag.hpp"
#include "domain/names.hpp"

namespace hearth::application {

/// What the cache answered for one key: a live flag, "known not to exist", or nothing that can be
/// used (absent, expired, or a value that cannot be read).
struct CacheMiss {
  friend bool operator==(const CacheMiss&, const CacheMiss&) = default;
};
using CacheLookup = std::variant<CacheMiss, domain::Flag, domain::Tombstone>;

/// What became of one key of a write. Only `failed` is a failure: the others say that the cache
/// now holds this version or a newer one, or that the writer read the database too long ago.
enum class WriteOutcome {
  written,        ///< stored
  unchanged,      ///< this version was there already; its TTL starts anew
  newer_present,  ///< a newer version is there and stays
  too_old,        ///< refused: the snapshot is older than its max_age, or from another epoch
  failed,         ///< not known to be stored; see WriteReport::error
};

[[nodiscard]] std::string_view name_of(WriteOutcome outcome) noexcept;

/// A writer whose snapshot is older is refused (the coherence protocol's rule 3).
inline constexpr std::chrono::milliseconds max_snapshot_age{30'000};

/// Proof of when a writer looked at the database: the cache's own time and its epoch, seen *before*
/// the database was read (rules 3 and 4).
struct CacheSnapshot {
  std::int64_t cache_time_ms = 0;
  /// How old it may be when the write arrives; less than the TTL of the flags that are written,
  /// because a fence lives no longer than its entry.
  std::chrono::milliseconds max_age = max_snapshot_age;
  std::string server = {};  ///< the server that was seen: no other one is written to
  std::string epoch = {};   ///< the epoch that was seen: under any other the write is refused
};

/// What a read of one key found, and how long it will still be there.
struct CacheRead {
  /// A live flag may be there as a view only, where that spares the cache a copy.
  std::variant<CacheLookup, domain::FlagView> found;
  std::chrono::milliseconds expires_in{};

  /// The live flag, if it is one; valid as long as this and, of a view, what that is of.
  [[nodiscard]] std::optional<domain::FlagView> flag() const noexcept {
    if (const auto* view = std::get_if<domain::FlagView>(&found)) return *view;
    const auto* copy = std::get_if<domain::Flag>(std::get_if<CacheLookup>(&found));
    return copy == nullptr ? std::nullopt : std::optional<domain::FlagView>(*copy);
  }

  /// The tombstone, if it is one; null otherwise.
  [[nodiscard]] const domain::Tombstone* tombstone() const noexcept {
    return std::get_if<domain::Tombstone>(std::get_if<CacheLookup>(&found));
  }
};

struct CacheEntry {
  domain::FlagState state;
  std::chrono::milliseconds ttl{};  ///< at least 1 ms
};

/// One outcome for each entry, in their order; `error` says why some are `failed`.
struct WriteReport {
  std::vector<WriteOutcome> outcomes;
  std::optional<domain::Error> error;
};

/// The shared cache.
///
/// Threading: an instance belongs to one executor and is used on its thread only.
/// Deadline: past it a read answers `deadline_exceeded`, a write reports `failed`.
/// Absence is a CacheMiss, never an error. `unavailable`: the cache cannot be reached, or what it
/// holds cannot be trusted now (rule 4), said at once where that is already known. Values that
/// cannot be read are misses.
class CacheAdapter {
 public:
  virtual ~CacheAdapter() = default;

  /// One lookup per key, in their order.
  [[nodiscard]] virtual Task<domain::Result<std::vector<CacheLookup>>> get_many(
      domain::Environment environment, std::vector<domain::FlagKey> keys, Deadline deadline) = 0;

  /// One key: what a read asks for. Same contract; `environment` and `key` stay until it is done.
  /// For a coroutine that awaits it itself: a view in the answer is valid until that coroutine
  /// waits for anything else, or uses the cache again.
  [[nodiscard]] virtual Task<domain::Result<CacheRead>> get(const domain::Environment& environment,
                                                            domain::FlagKeyView key,
                                                            Deadline deadline) = 0;

  /// The snapshot to take before reading the database. Costs no round trip: the last time seen
  /// on the cache (at most a second old while it can be reached), which errs to the safe side.
  /// `unavailable` if the cache cannot be reached, or has no epoch that this process knows.
  [[nodiscard]] virtual domain::Result<CacheSnapshot> snapshot(
      const domain::Environment& environment) = 0;

  /// Writes through the fence (rule 2): a newer version that is there stays. All entries in one
  /// pipeline. Idempotent. Never throws; an empty `entries` does nothing.
  [[nodiscard]] virtual Task<WriteReport> set_many(domain::Environment environment,
                                                   std::vector<CacheEntry> entries,
                                                   CacheSnapshot snapshot, Deadline deadline) = 0;
};

}  // namespace hearth::application
