#pragma once

#include "adapters/redis/connection.hpp"
#include "adapters/redis/flag_codec.hpp"
#include "adapters/redis/key_names.hpp"
#include "application/ports/cache_adapter.hpp"

namespace hearth::test_support {

/// What hearth must not be: a Redis cache that writes with plain SETEX, as lazy caches do. The
/// positive control of every test of the fence: what the fence prevents must happen here.
class PlainSetCache : public application::CacheAdapter {
 public:
  PlainSetCache(application::CacheAdapter& reads, adapters::redis::Connection& connection)
      : reads_(reads), connection_(connection) {}

  application::Task<domain::Result<std::vector<application::CacheLookup>>> get_many(
      domain::Environment environment, std::vector<domain::FlagKey> keys,
      application::Deadline deadline) override {
    return reads_.get_many(std::move(environment), std::move(keys), deadline);
  }

  application::Task<domain::Result<application::CacheRead>> get(
      const domain::Environment& environment, domain::FlagKeyView key,
      application::Deadline deadline) override {
    return reads_.get(environment, key, deadline);
  }

  domain::Result<application::CacheSnapshot> snapshot(
      const domain::Environment& environment) override {
    return reads_.snapshot(environment);
  }

  application::Task<application::WriteReport> set_many(domain::Environment environment,
                                                       std::vector<application::CacheEntry> entries,
                                                       application::CacheSnapshot,
                                                       application::Deadline deadline) override {
    adapters::redis::Commands commands;
    for (const auto& [state, ttl] : entries) {
      commands.add({"SETEX", adapters::redis::redis_key(environment, domain::key_of(state)),
                    std::to_string(ttl.count() / 1000),
                    adapters::redis::encode(state, domain::Timestamp(ttl))});
    }
    const auto replies = co_await connection_.execute(std::move(commands), deadline);
    const auto outcome =
        replies ? application::WriteOutcome::written : application::WriteOutcome::failed;
    application::WriteReport report;
    report.outcomes.assign(entries.size(), outcome);
    if (!replies) report.error = replies.error();
    co_return report;
  }

 private:
  application::CacheAdapter& reads_;
  adapters::redis::Connection& connection_;
};

}  // namespace hearth::test_support
