#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "support/hearth_process.hpp"
#include "support/http_client.hpp"
#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"
#include "support/tcp_gate.hpp"

namespace hearth::checks {

/// A hearth process behind gates of its own, so that its way to either server can be broken
/// without touching anybody else's; unless the bench is without gates.
struct Member {
  test_support::TcpGate redis_gate;  ///< marks the connections that subscribe
  test_support::TcpGate database_gate;
  std::unique_ptr<test_support::HearthServer> server;

  Member(std::uint16_t redis_port, std::uint16_t database_port)
      : redis_gate(redis_port, "SUBSCRIBE"), database_gate(database_port) {}
};

struct FleetBenchOptions {
  std::size_t flags = 1;                    ///< enabled ones, `flag-0` to `flag-(n-1)`
  test_support::Environment settings;       ///< of every process, besides the servers
  std::vector<std::string> program;         ///< instead of `hearth`; empty: the real one
  std::vector<std::string> redis_settings;  ///< further arguments of redis-server
  int most_database_connections = 100;      ///< that PostgreSQL takes
  /// False: processes reach the servers directly, and nothing of theirs can be broken. For times: a
  /// gate is a further process between two, which costs two more waits for a core each way.
  bool through_gates = true;
};

/// A private PostgreSQL with migrated flags, a private Redis, and hearth processes over both.
/// Everything throws std::runtime_error, with the output of whoever failed.
/// Threading: one owner, whose thread must outlive it (see ChildProcess).
class FleetBench {
 public:
  explicit FleetBench(FleetBenchOptions options);

  /// Starts a further process behind gates of its own, and waits until it is ready.
  void add_member();

  [[nodiscard]] std::vector<std::unique_ptr<Member>>& members() noexcept { return members_; }
  [[nodiscard]] const FleetBenchOptions& options() const noexcept { return options_; }
  /// The environment of a process that reaches the servers through these ports.
  [[nodiscard]] test_support::Environment environment(std::uint16_t redis_port,
                                                      std::uint16_t database_port) const;
  /// Of the flags' database, without a gate.
  [[nodiscard]] const std::string& database_url() const noexcept { return database_url_; }

  test_support::PostgresServer postgres;
  test_support::RedisServer redis;

 private:
  FleetBenchOptions options_;
  std::string database_url_;
  std::vector<std::unique_ptr<Member>> members_;
};

/// `flag-7`.
[[nodiscard]] std::string flag_name(std::size_t number);

/// The path of a flag's public answer.
[[nodiscard]] std::string read_path(std::size_t flag);

/// The headers of an administrator.
[[nodiscard]] const test_support::HttpHeaders& admin_headers();

/// Whether the binary knows this setting, as its `hearth config` says.
[[nodiscard]] bool knows_setting(const std::string& name);

}  // namespace hearth::checks
