#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "application/ports/cache_adapter.hpp"
#include "application/ports/clock.hpp"

namespace hearth::adapters::memory {

/// The shared cache of a process that has no Redis: the same contract, the same fence.
///
/// Threading: unlike what the port asks for, one instance serves all threads, because this memory
/// is what they share. Keys are spread over shards with a mutex each, which is held for one map
/// operation and never across a suspension. No call waits for anything.
///
/// The cache's time is `clock.steady_now()`; deadlines are compared with the real steady clock.
///
/// Bound: at most `max_entries`. When a new key finds no room, the entry of its shard that is
/// nearest its expiry goes, which is an expired one wherever there is one. So entries with a short
/// TTL (keys that do not exist, asked for by whoever likes) go before flags do. What leaves before
/// its time takes its fence along, as in Redis.
class MemoryCache final : public application::CacheAdapter {
 public:
  static constexpr std::size_t default_max_entries = 100'000;

  /// `clock` outlives the cache. `max_entries` is at least 1.
  explicit MemoryCache(const application::Clock& clock,
                       std::size_t max_entries = default_max_entries);
  ~MemoryCache() override;

  [[nodiscard]] application::Task<domain::Result<std::vector<application::CacheLookup>>> get_many(
      domain::Environment environment, std::vector<domain::FlagKey> keys,
      application::Deadline deadline) override;

  [[nodiscard]] application::Task<domain::Result<application::CacheRead>> get(
      const domain::Environment& environment, domain::FlagKeyView key,
      application::Deadline deadline) override;

  [[nodiscard]] domain::Result<application::CacheSnapshot> snapshot(
      const domain::Environment& environment) override;

  [[nodiscard]] application::Task<application::WriteReport> set_many(
      domain::Environment environment, std::vector<application::CacheEntry> entries,
      application::CacheSnapshot snapshot, application::Deadline deadline) override;

  /// Entries that are held now, expired ones that nobody has met yet included.
  [[nodiscard]] std::size_t size() const;

  /// Never more than this.
  [[nodiscard]] std::size_t max_entries() const noexcept { return max_entries_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Entry;
  using Entries = std::unordered_map<std::string, Entry>;
  /// The names of the entries, which live in the nodes of Entries, in the order of expiry.
  using ByExpiry = std::multimap<Time, const std::string*>;
  struct Shard;

  [[nodiscard]] Shard& shard_of(const std::string& name) const;
  [[nodiscard]] application::CacheRead look_up(const std::string& name, Time now) const;
  [[nodiscard]] application::WriteOutcome write(std::string name, application::CacheEntry entry,
                                                application::CacheSnapshot snapshot, Time now);

  const application::Clock& clock_;
  const std::size_t max_entries_;
  const std::size_t max_entries_per_shard_;
  const std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace hearth::adapters::memory
