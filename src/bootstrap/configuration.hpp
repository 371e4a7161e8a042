#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/telemetry/log.hpp"
#include "domain/error.hpp"
#include "domain/names.hpp"

namespace hearth::bootstrap {

/// Names and values as an operator gives them.
using Variables = std::map<std::string, std::string, std::less<>>;

/// Everything that can be set, checked.
struct Configuration {
  domain::Environment environment;
  std::string host;
  std::uint16_t port = 0;
  std::string database_url;
  std::string redis_url;  ///< empty: the in-process cache
  std::chrono::seconds cache_ttl{};
  bool warming_enabled = true;
  std::size_t warming_top_n = 0;
  std::string warming_schedule;  ///< a text that WarmingSchedule::parse accepts
  bool warming_include_disabled = false;
  std::chrono::milliseconds near_cache_ttl{};  ///< 0: no near cache
  std::chrono::seconds access_flush_interval{};
  std::chrono::milliseconds lambda_init_warm{};  ///< on Lambda, for warming before all else
  /// The process is frozen between requests (AWS Lambda): nobody notifies it.
  bool is_frozen_between_requests = false;
  std::chrono::seconds heat_half_life{};
  std::size_t threads = 0;  ///< at least 1
  adapters::telemetry::LogLevel log_level{};
  adapters::telemetry::LogFormat log_format{};
  std::string admin_token;  ///< empty: none
  std::string jwt_secret;   ///< empty: no JWTs
  std::string jwt_issuer;
  std::string jwt_audience;
  std::string admin_role;

  /// The path of the embedded database, if DATABASE_URL names one.
  [[nodiscard]] std::optional<std::string> sqlite_path() const;
};

/// Where a value came from, for `hearth config`.
struct EffectiveSetting {
  std::string name;
  std::string value;   ///< secrets are hidden, and so are passwords inside URLs
  std::string source;  ///< `default`, `environment`, `NODE_ENV`, the env file's name, or `--set`
  std::string description;
};

/// The places that values come from; a later one wins.
struct ConfigurationSources {
  Variables environment;                ///< the process's own
  std::optional<std::string> env_file;  ///< path of a file of NAME=VALUE lines
  Variables overrides;                  ///< from the command line
  Variables defaults = {};              ///< instead of the usual ones, in another form of hearth
};

struct LoadedConfiguration {
  Configuration configuration;
  std::vector<EffectiveSetting> settings;
};

/// Reads and checks everything. Fails with `validation` and all mistakes together, a line each.
[[nodiscard]] domain::Result<LoadedConfiguration> load_configuration(
    const ConfigurationSources& sources);

/// The process's environment.
[[nodiscard]] Variables process_environment();

/// Parses the text of an env file: NAME=VALUE lines, blank lines, `#` comments, optional quotes
/// around a value and optional `export` before a name. Fails with the number of the bad line.
[[nodiscard]] domain::Result<Variables> parse_env_file(std::string_view text);

}  // namespace hearth::bootstrap
