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
  /// For one connection, login included. Shorter than what a read may take, so that a server which
  /// does not answer is known to be away, and the next read is told so at once.
  std::chrono::milliseconds connect_timeout{1000};
  /// After this the server gives up a statement by itself.
  std::chrono::milliseconds statement_timeout{5000};
};

}  // namespace hearth::adapters::postgres
