#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "application/ports/cache_adapter.hpp"

namespace hearth::test_support {

/// What doubles were asked for, in order: shared by several of them where the order matters.
using Events = std::vector<std::string>;

/// A cache that answers what the test prepares and keeps what is written. It stores nothing by
/// itself. Threading: one thread.
class RecordingCache final : public application::CacheAdapter {
 public:
  /// One call of `set_many`.
  struct Write {
    domain::Environment environment;
    std::vector<application::CacheEntry> entries;
    application::CacheSnapshot snapshot;
    application::Deadline deadline;
  };

  explicit RecordingCache(Events& events) : events_(events) {}

  /// If set, reads, snapshots and writes fail with it.
  std::optional<domain::Error> away;
  /// If set, writes fail with it, and reads and snapshots do not.
  std::optional<domain::Error> write_error;
  /// What becomes of an entry that is written.
  std::function<application::WriteOutcome(const application::CacheEntry&)> outcome =
      [](const auto&) { return application::WriteOutcome::written; };
  /// What reads find, by the key's text; everything else is a miss.
  std::map<std::string, application::CacheLookup> lookups;
  std::chrono::milliseconds expires_in{300'000};  ///< of what is found
  std::int64_t cache_time_ms = 1'000;
  std::vector<Write> writes;
  std::vector<application::Deadline> read_deadlines;

  application::Task<domain::Result<std::vector<application::CacheLookup>>> get_many(
      domain::Environment, std::vector<domain::FlagKey> keys,
      application::Deadline deadline) override {
    events_.emplace_back("cache.get_many");
    read_deadlines.push_back(deadline);
    if (away) co_return std::unexpected(*away);
    std::vector<application::CacheLookup> found;
    for (const auto& key : keys) found.push_back(lookup(key));
    co_return found;
  }

  application::Task<domain::Result<application::CacheRead>> get(
      const domain::Environment&, domain::FlagKeyView key,
      application::Deadline deadline) override {
    events_.emplace_back("cache.get");
    read_deadlines.push_back(deadline);
    if (away) co_return std::unexpected(*away);
    co_return application::CacheRead{lookup(key), expires_in};
  }

  domain::Result<application::CacheSnapshot> snapshot(const domain::Environment&) override {
    events_.emplace_back("cache.snapshot");
    if (away) return std::unexpected(*away);
    return application::CacheSnapshot{cache_time_ms};
  }

  application::Task<application::WriteReport> set_many(domain::Environment environment,
                                                       std::vector<application::CacheEntry> entries,
                                                       application::CacheSnapshot snapshot,
                                                       application::Deadline deadline) override {
    events_.emplace_back("cache.set_many");
    const auto failure = away ? away : write_error;
    application::WriteReport report;
    for (const auto& entry : entries) {
      report.outcomes.push_back(failure ? application::WriteOutcome::failed : outcome(entry));
    }
    report.error = failure;
    writes.push_back({std::move(environment), std::move(entries), snapshot, deadline});
    co_return report;
  }

 private:
  [[nodiscard]] application::CacheLookup lookup(domain::FlagKeyView key) const {
    const auto found = lookups.find(std::string(key.text()));
    if (found == lookups.end()) return application::CacheMiss{};
    return found->second;
  }

  Events& events_;
};

}  // namespace hearth::test_support
