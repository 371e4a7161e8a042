#pragma once

#include <string>
#include <string_view>

#include "domain/error.hpp"

namespace hearth::adapters::redis {

/// Where a Redis server is and how to log in there.
struct Endpoint {
  std::string host;  ///< of a TCP endpoint
  std::string port;
  std::string socket_path;  ///< of a Unix socket; empty for TCP
  std::string user;         ///< empty: Redis's default user
  std::string password;     ///< empty: no AUTH
  int database = 0;

  /// For messages: `redis://host:6379/0` or `unix:///path`, never with the password.
  [[nodiscard]] std::string shown() const;
};

/// Parses `redis://[[user]:password@]host[:port][/database]` and
/// `unix://[[user]:password@]/path[?db=database]`. Fails with `validation`, saying what is
/// expected and never repeating the password. `rediss://` (TLS) is refused with its reason.
[[nodiscard]] domain::Result<Endpoint> parse_endpoint(std::string_view url);

}  // namespace hearth::adapters::redis
