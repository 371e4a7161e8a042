#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/hearth_process.hpp"
#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"

namespace hearth::bench {

/// Which part of hearth has answered how many reads of one flag, by the names of `X-Cache`.
using LookupCounts = std::map<std::string, std::uint64_t>;

/// Of the text of /metrics.
[[nodiscard]] LookupCounts parse_lookup_counts(std::string_view metrics);

/// What has come to `later` since `earlier`.
[[nodiscard]] LookupCounts growth(const LookupCounts& earlier, const LookupCounts& later);

/// Throws std::runtime_error unless at least 99 % of the reads were answered by that part: a
/// benchmark of something else must not pass for one.
void expect_answered_by(const std::string& part, const LookupCounts& counts);

/// `/api/config/flags/KEY` of the flag of that number.
[[nodiscard]] std::string flag_target(std::size_t number);

/// The real hearth, one thread that serves unless told otherwise, between a real PostgreSQL with
/// flags in it and a real Redis, all private. The flags' values in Redis have about 300 bytes.
/// Threading: one owner.
class HearthOnServers {
 public:
  /// `settings` beside DATABASE_URL and REDIS_URL; `launcher`: the beginning of a command
  /// line that runs hearth. Ready to answer. Throws std::runtime_error if it does not come that
  /// far.
  HearthOnServers(std::size_t flags, test_support::Environment settings,
                  std::vector<std::string> launcher = {});

  [[nodiscard]] test_support::HearthServer& hearth() noexcept { return hearth_; }
  [[nodiscard]] test_support::RedisServer& redis() noexcept { return redis_; }
  [[nodiscard]] const std::string& database_url() const noexcept { return database_url_; }

  [[nodiscard]] LookupCounts lookups() const;
  /// As a deployment that empties the cache: the flags' entries leave Redis.
  void flush_flags() const;
  /// As the deployment's hook: answers when the warm run has ended. Throws std::runtime_error if
  /// it did not warm.
  void warm() const;
  /// As an administrator: changes that flag. Throws std::runtime_error if it is refused.
  void set_rollout(std::size_t flag, int percentage) const;

 private:
  [[nodiscard]] test_support::HearthServer::Options options(
      test_support::Environment settings, std::vector<std::string> launcher) const;

  test_support::PostgresServer postgres_;
  test_support::RedisServer redis_;
  std::string database_url_;
  test_support::HearthServer hearth_;
};

}  // namespace hearth::bench
