#include "adapters/memory/memory_cache.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <utility>

#include "application/fence.hpp"

namespace hearth::adapters::memory {
namespace {

using application::CacheEntry;
using application::CacheLookup;
using application::CacheRead;
using application::CacheSnapshot;
using application::Deadline;
using application::Task;
using application::WriteOutcome;
using application::WriteReport;
using domain::Environment;
using domain::ErrorCode;
using domain::FlagKey;
using domain::Result;

/// A small cache has one shard and keeps exactly `max_entries`.
std::size_t shards_for(std::size_t max_entries) {
  constexpr std::size_t most_shards = 16;
  constexpr std::size_t fewest_entries_of_a_shard = 64;
  return std::clamp<std::size_t>(max_entries / fewest_entries_of_a_shard, 1, most_shards);
}

template <class Shard>
std::vector<std::unique_ptr<Shard>> make_shards(std::size_t count) {
  std::vector<std::unique_ptr<Shard>> shards;
  while (shards.size() < count) shards.push_back(std::make_unique<Shard>());
  return shards;
}

/// An environment holds no colon, so no two pairs share a name.
std::string name_of(const Environment& environment, domain::FlagKeyView key) {
  return (environment.text() + ":").append(key.text());
}

bool has_passed(Deadline deadline) { return std::chrono::steady_clock::now() >= deadline; }

domain::Error too_late() {
  return {ErrorCode::deadline_exceeded, "The time allowed had passed before the cache was asked"};
}

std::chrono::milliseconds since_start_of_clock(std::chrono::steady_clock::time_point now) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
}

}  // namespace

struct MemoryCache::Entry {
  domain::FlagState state;
  ByExpiry::iterator expiry;
};

struct MemoryCache::Shard {
  std::mutex mutex;  // guards all that follows
  Entries entries;
  ByExpiry by_expiry;

  void forget(Entries::iterator entry) {
    by_expiry.erase(entry->second.expiry);
    entries.erase(entry);
  }
  void forget_nearest_expiry() { forget(entries.find(*by_expiry.begin()->second)); }
  void set_expiry(Entries::iterator entry, Time expires_at) {
    by_expiry.erase(entry->second.expiry);
    entry->second.expiry = by_expiry.emplace(expires_at, &entry->first);
  }
  void insert(std::string name, domain::FlagState state, Time expires_at) {
    const auto entry = entries.try_emplace(std::move(name), Entry{std::move(state), {}}).first;
    entry->second.expiry = by_expiry.emplace(expires_at, &entry->first);
  }
};

MemoryCache::MemoryCache(const application::Clock& clock, std::size_t max_entries)
    : clock_(clock),
      max_entries_(max_entries),
      max_entries_per_shard_(max_entries / shards_for(max_entries)),
      shards_(make_shards<Shard>(shards_for(max_entries))) {
  assert(max_entries >= 1);
}

MemoryCache::~MemoryCache() = default;

MemoryCache::Shard& MemoryCache::shard_of(const std::string& name) const {
  return *shards_[std::hash<std::string>{}(name) % shards_.size()];
}

CacheRead MemoryCache::look_up(const std::string& name, Time now) const {
  auto& shard = shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.entries.find(name);
  if (found == shard.entries.end()) return {};
  if (found->second.expiry->first <= now) {
    shard.forget(found);
    return {};
  }
  // A copy: other threads may write as soon as the shard is let go of.
  auto lookup =
      std::visit([](const auto& state) { return CacheLookup(state); }, found->second.state);
  const auto left = found->second.expiry->first - now;
  return {std::move(lookup), std::chrono::duration_cast<std::chrono::milliseconds>(left)};
}

WriteOutcome MemoryCache::write(std::string name, CacheEntry entry, CacheSnapshot snapshot,
                                Time now) {
  auto& shard = shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  auto found = shard.entries.find(name);
  if (found != shard.entries.end() && found->second.expiry->first <= now) {
    shard.forget(found);
    found = shard.entries.end();
  }
  const bool is_present = found != shard.entries.end();
  const auto present = is_present ? std::optional(version_of(found->second.state)) : std::nullopt;
  const auto age = since_start_of_clock(now) - std::chrono::milliseconds(snapshot.cache_time_ms);
  const auto outcome =
      application::decide_fenced_write(present, version_of(entry.state), age, snapshot.max_age);
  if (outcome != WriteOutcome::written && outcome != WriteOutcome::unchanged) return outcome;

  const auto expires_at = now + entry.ttl;
  if (is_present) {
    if (outcome == WriteOutcome::written) found->second.state = std::move(entry.state);
    shard.set_expiry(found, expires_at);
    return outcome;
  }
  if (shard.entries.size() >= max_entries_per_shard_) {
    shard.forget_nearest_expiry();
  }
  shard.insert(std::move(name), std::move(entry.state), expires_at);
  return outcome;
}

Task<Result<CacheRead>> MemoryCache::get(const Environment& environment, domain::FlagKeyView key,
                                         Deadline deadline) {
  if (has_passed(deadline)) co_return std::unexpected(too_late());
  co_return look_up(name_of(environment, key), clock_.steady_now());
}

Task<Result<std::vector<CacheLookup>>> MemoryCache::get_many(Environment environment,
                                                             std::vector<FlagKey> keys,
                                                             Deadline deadline) {
  if (has_passed(deadline)) co_return std::unexpected(too_late());
  const auto now = clock_.steady_now();
  std::vector<CacheLookup> lookups;
  lookups.reserve(keys.size());
  for (const auto& key : keys) {
    lookups.push_back(std::get<CacheLookup>(look_up(name_of(environment, key), now).found));
  }
  co_return lookups;
}

Result<CacheSnapshot> MemoryCache::snapshot(const Environment&) {
  return CacheSnapshot{since_start_of_clock(clock_.steady_now()).count()};
}

Task<WriteReport> MemoryCache::set_many(Environment environment, std::vector<CacheEntry> entries,
                                        CacheSnapshot snapshot, Deadline deadline) {
  WriteReport report;
  if (entries.empty()) co_return report;
  if (has_passed(deadline)) {
    report.outcomes.assign(entries.size(), WriteOutcome::failed);
    report.error = too_late();
    co_return report;
  }
  const auto now = clock_.steady_now();
  report.outcomes.reserve(entries.size());
  for (auto& entry : entries) {
    auto name = name_of(environment, key_of(entry.state));
    report.outcomes.push_back(write(std::move(name), std::move(entry), snapshot, now));
  }
  co_return report;
}

std::size_t MemoryCache::size() const {
  std::size_t size = 0;
  for (const auto& shard : shards_) {
    const std::scoped_lock lock(shard->mutex);
    size += shard->entries.size();
  }
  return size;
}

}  // namespace hearth::adapters::memory
