#pragma once

#include <string>
#include <utility>
#include <vector>

#include "adapters/postgres/postgres_settings.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::postgres {

/// Keywords and values as PQconnectStartParams takes them (with expand_dbname = 1).
class ConnectionOptions {
 public:
  /// From the settings' URL, with hearth's own defaults where the URL names nothing else.
  /// `misconfigured` for a URL that is none; the message holds no part of it, as it may hold a
  /// password.
  [[nodiscard]] static domain::Result<ConnectionOptions> parse(const PostgresSettings& settings);

  /// Null-terminated arrays of pointers into this object.
  [[nodiscard]] std::vector<const char*> keywords() const;
  [[nodiscard]] std::vector<const char*> values() const;

 private:
  std::vector<std::pair<std::string, std::string>> options_;
};

}  // namespace hearth::adapters::postgres
