#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace hearth::adapters::postgres {

/// How to reach PostgreSQL, and how long to wait for it.
struct PostgresSettings {
  /// `postgres://user:password@host:port/database?parameters`, with libpq's parameters
  /// (`sslmode`, `host=/folder` for a Unix socket, ...). Special characters percent-encoded.
  std::string url;
  std::size_t connections = 4;  ///< at most, at once; at least 1
  /// For one connection, login included. Longer than most calls wait: a login belongs to the pool,
  /// and one that a busy server is about to answer must not be begun again from the start.
  std::chrono::milliseconds connect_timeout{8000};
  /// A server that is slow with logins for longer than this counts as away: see LoginCircuit.
  std::chrono::milliseconds login_patience{8000};
  /// After this the server gives up a statement by itself.
  std::chrono::milliseconds statement_timeout{5000};
  /// The same for one whose rows are streamed: as long as the longest call may take, because the
  /// time for which their reader holds them back counts too.
  std::chrono::milliseconds stream_timeout{10'000};
  /// True: who changes flags over these connections tells everybody of it by other means, so the
  /// database need not notify those who listen to it.
  bool announces_changes = false;
};

}  // namespace hearth::adapters::postgres
