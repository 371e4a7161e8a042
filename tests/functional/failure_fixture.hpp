#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "functional/functional_support.hpp"
#include "support/hearth_process.hpp"
#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"

namespace hearth::functional {

/// A case's own PostgreSQL, with a migrated database that holds the enabled flags `flag-1` to
/// `flag-9`, and its own Redis; both may be broken at will.
class FailureTest : public testing::Test {
 protected:
  FailureTest();

  /// Settings of a server over both.
  [[nodiscard]] test_support::Environment environment() const;
  /// Starts one, with this besides.
  [[nodiscard]] test_support::HearthServer::Options options(
      const test_support::Environment& more = {}) const;

  /// The state that /readyz tells: `ready`, `degraded`, ...
  [[nodiscard]] static std::string readiness(const test_support::HearthServer& server);
  /// Waits until /readyz tells it; false if that takes longer than 15 s.
  [[nodiscard]] static bool becomes(const test_support::HearthServer& server,
                                    std::string_view state);

  /// The record of the run that a warm answer names.
  [[nodiscard]] static boost::json::value record_of(const test_support::HearthServer& server,
                                                    const test_support::HttpResponse& answer);

  /// What stands in Redis for a flag; empty if there is nothing.
  [[nodiscard]] std::string cached(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> cached_keys() const;

  test_support::PostgresServer postgres;
  test_support::RedisServer redis;
  std::string database;
};

/// The name of a flag's value in Redis.
[[nodiscard]] std::string redis_key(std::string_view key);

}  // namespace hearth::functional
