#include "bootstrap/configuration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <sstream>
#include <thread>

#include "adapters/postgres/connection_options.hpp"
#include "adapters/redis/endpoint.hpp"
#include "application/warming_schedule.hpp"

namespace hearth::bootstrap {
namespace {

using domain::ErrorCode;
using domain::fail;
using domain::Result;

enum class Secrecy { open, has_password, secret };

struct SettingDefinition {
  std::string_view name;
  std::string_view default_value;
  Secrecy secrecy;
  std::string_view description;
};

// The one list of what can be set: defaults, secrecy and the words of `hearth config`.
constexpr auto definitions = std::to_array<SettingDefinition>({
    {"HEARTH_ENVIRONMENT", "production", Secrecy::open,
     "environment whose flags are served (NODE_ENV is read if it is unset)"},
    {"HOST", "0.0.0.0", Secrecy::open, "address to listen on"},
    {"PORT", "8080", Secrecy::open, "port to listen on; 0 takes a free one"},
    {"DATABASE_URL", "sqlite:hearth.db", Secrecy::has_password,
     "system of record: sqlite:FILE or postgres://..."},
    {"REDIS_URL", "", Secrecy::has_password,
     "shared cache: redis://... or unix://...; unset: in-process cache"},
    {"CACHE_TTL_SECONDS", "300", Secrecy::open, "life of a cached flag, 1 to 86400"},
    {"CACHE_WARMING_ENABLED", "true", Secrecy::open,
     "whether to warm by itself: at the start, by schedule, before expiry, after a loss"},
    {"CACHE_WARMING_TOP_N", "20", Secrecy::open, "how many flags to warm, 1 to 100000"},
    {"CACHE_WARMING_SCHEDULE", "rate(1 hour)", Secrecy::open,
     "when to warm, in UTC: rate(...) or cron(...); one run a fleet"},
    {"CACHE_WARMING_INCLUDE_DISABLED", "false", Secrecy::open,
     "whether to warm disabled flags too"},
    {"NEAR_CACHE_TTL_MS", "5000", Secrecy::open,
     "life of a thread's own copy of a flag, to 3600000; 0: no near cache"},
    {"ACCESS_FLUSH_SECONDS", "5", Secrecy::open,
     "how often counted reads are written to the database, 1 to 3600"},
    {"HEAT_HALF_LIFE_SECONDS", "3600", Secrecy::open,
     "after which a counted read weighs half; the same for all instances"},
    {"THREADS", "0", Secrecy::open, "threads that serve requests, to 256; 0: one a core"},
    {"LAMBDA_INIT_WARM_MS", "2000", Secrecy::open,
     "on AWS Lambda: how long warming may take before the first invocation, 0 to 9000"},
    {"LOG_LEVEL", "info", Secrecy::open, "debug, info, warn, error or off"},
    {"LOG_FORMAT", "json", Secrecy::open, "json or text"},
    {"ADMIN_TOKEN", "", Secrecy::secret, "bearer token of the admin API, 16 characters or more"},
    {"AUTH_JWT_SECRET", "", Secrecy::secret, "secret of HS256 JWTs, 32 bytes or more"},
    {"AUTH_JWT_ISSUER", "", Secrecy::open, "issuer that a JWT must name, if set"},
    {"AUTH_JWT_AUDIENCE", "", Secrecy::open, "audience that a JWT must name, if set"},
    {"AUTH_ADMIN_ROLE", "admin", Secrecy::open,
     "what role, roles or cognito:groups of a JWT must hold"},
});

struct Found {
  std::string value;
  std::string source;
};

/// All values by name, before they are checked.
using Values = std::map<std::string_view, Found>;

/// Reads typed values and collects what is wrong with them.
class Reader {
 public:
  explicit Reader(const Values& values) : values_(values) {}

  [[nodiscard]] const std::string& text(std::string_view name) const {
    return values_.at(name).value;
  }

  std::uint64_t number(std::string_view name, std::uint64_t least, std::uint64_t most) {
    const auto& value = text(name);
    std::uint64_t parsed = 0;
    const auto* end = value.data() + value.size();
    const auto [stop, failure] = std::from_chars(value.data(), end, parsed);
    if (value.empty() || failure != std::errc{} || stop != end || parsed < least || parsed > most) {
      mistake(name, "is a whole number from " + std::to_string(least) + " to " +
                        std::to_string(most) + "; this is '" + value + "'");
    }
    return parsed;
  }

  bool truth(std::string_view name) {
    const auto& value = text(name);
    if (value != "true" && value != "false") {
      mistake(name, "is true or false; this is '" + value + "'");
    }
    return value == "true";
  }

  std::string secret(std::string_view name, std::size_t least) {
    const auto& value = text(name);
    if (!value.empty() && value.size() < least) {
      mistake(name, "has at least " + std::to_string(least) + " characters; this one has " +
                        std::to_string(value.size()));
    }
    return value;
  }

  template <class T>
  std::optional<T> parsed(std::string_view name, Result<T> result) {
    if (result) return std::move(*result);
    const auto& message = result.error().message;
    const bool names_it = message.starts_with(name);
    mistake(name, names_it ? message.substr(name.size() + 1) : ": " + message);
    return std::nullopt;
  }

  void mistake(std::string_view name, const std::string& what) {
    mistakes_.push_back(std::string(name) + (what.starts_with(':') ? "" : " ") + what);
  }

  [[nodiscard]] std::string mistakes() const {
    std::string all = "The configuration is wrong:";
    for (const auto& mistake : mistakes_) all += "\n  " + mistake;
    return all;
  }

  [[nodiscard]] bool has_mistakes() const { return !mistakes_.empty(); }

 private:
  const Values& values_;
  std::vector<std::string> mistakes_;
};

Result<Variables> read_env_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::validation, "The env file '" + path + "' cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  auto variables = parse_env_file(text.str());
  if (!variables) {
    return fail(ErrorCode::validation, "The env file '" + path + "': " + variables.error().message);
  }
  return variables;
}

Result<Values> find_values(const ConfigurationSources& sources) {
  Variables from_file;
  if (sources.env_file) {
    auto read = read_env_file(*sources.env_file);
    if (!read) return std::unexpected(std::move(read.error()));
    from_file = std::move(*read);
  }
  for (const auto& [name, value] : sources.overrides) {
    if (std::ranges::find(definitions, name, &SettingDefinition::name) == definitions.end()) {
      return fail(ErrorCode::validation,
                  "There is no setting '" + name + "'; `hearth config` lists them");
    }
  }
  Values values;
  for (const auto& definition : definitions) {
    Found found{std::string(definition.default_value), "default"};
    const auto look = [&](const Variables& variables, std::string_view name,
                          const std::string& source) {
      const auto known = variables.find(name);
      if (known != variables.end() && !known->second.empty()) found = {known->second, source};
    };
    look(sources.defaults, definition.name, "default");
    if (definition.name == "HEARTH_ENVIRONMENT") look(sources.environment, "NODE_ENV", "NODE_ENV");
    look(sources.environment, definition.name, "environment");
    look(from_file, definition.name, sources.env_file.value_or(""));
    look(sources.overrides, definition.name, "--set");
    values.emplace(definition.name, std::move(found));
  }
  return values;
}

/// The URL with the password before its host, if there is one, replaced.
std::string without_user_password(const std::string& url) {
  const auto authority = url.find("://");
  const auto at = url.rfind('@');
  if (authority == std::string::npos || at == std::string::npos || at < authority) return url;
  const auto colon = url.find(':', authority + 3);
  if (colon == std::string::npos || colon > at) return url;
  return url.substr(0, colon + 1) + "***" + url.substr(at);
}

/// The URL without passwords: libpq takes `password=` and `sslpassword=` in the query too.
std::string without_password(const std::string& url) {
  constexpr std::string_view parameter = "password=";
  auto shown = without_user_password(url);
  for (auto at = shown.find('?'); (at = shown.find(parameter, at)) != std::string::npos;) {
    at += parameter.size();
    shown.replace(at, shown.find('&', at) - at, "***");
  }
  return shown;
}

std::string shown(const SettingDefinition& definition, const std::string& value) {
  if (value.empty()) return "";
  switch (definition.secrecy) {
    case Secrecy::open: return value;
    case Secrecy::has_password: return without_password(value);
    case Secrecy::secret: return "***";
  }
  return "***";
}

void check_database_url(Reader& reader) {
  const auto& url = reader.text("DATABASE_URL");
  const bool sqlite = url.starts_with("sqlite:") && url.size() > std::string_view("sqlite:").size();
  if (!sqlite && !url.starts_with("postgres://") && !url.starts_with("postgresql://")) {
    reader.mistake("DATABASE_URL",
                   "is sqlite:FILE or postgres://[user[:password]@]host[:port]/database");
    return;
  }
  if (sqlite) return;
  adapters::postgres::PostgresSettings settings;
  settings.url = url;
  if (auto options = adapters::postgres::ConnectionOptions::parse(settings); !options) {
    reader.mistake("DATABASE_URL", ": " + options.error().message);
  }
}

std::size_t thread_count(std::uint64_t configured) {
  if (configured != 0) return configured;
  return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

}  // namespace

std::optional<std::string> Configuration::sqlite_path() const {
  constexpr std::string_view scheme = "sqlite:";
  if (!database_url.starts_with(scheme)) return std::nullopt;
  return database_url.substr(scheme.size());
}

Result<LoadedConfiguration> load_configuration(const ConfigurationSources& sources) {
  const auto values = find_values(sources);
  if (!values) return std::unexpected(values.error());
  Reader reader(*values);

  auto environment = reader.parsed("HEARTH_ENVIRONMENT",
                                   domain::Environment::parse(reader.text("HEARTH_ENVIRONMENT")));
  check_database_url(reader);
  if (const auto& redis = reader.text("REDIS_URL"); !redis.empty()) {
    reader.parsed("REDIS_URL", adapters::redis::parse_endpoint(redis));
  }
  const auto& schedule = reader.text("CACHE_WARMING_SCHEDULE");
  reader.parsed("CACHE_WARMING_SCHEDULE", application::WarmingSchedule::parse(schedule));
  const auto log_level =
      reader.parsed("LOG_LEVEL", adapters::telemetry::parse_log_level(reader.text("LOG_LEVEL")));
  const auto log_format =
      reader.parsed("LOG_FORMAT", adapters::telemetry::parse_log_format(reader.text("LOG_FORMAT")));

  constexpr std::size_t shortest_admin_token = 16;
  constexpr std::size_t shortest_jwt_secret = 32;  // RFC 7518, section 3.2
  const auto port = reader.number("PORT", 0, 65535);
  const std::chrono::seconds ttl(reader.number("CACHE_TTL_SECONDS", 1, 86'400));
  const bool warming = reader.truth("CACHE_WARMING_ENABLED");
  const auto top_n = reader.number("CACHE_WARMING_TOP_N", 1, 100'000);
  const bool include_disabled = reader.truth("CACHE_WARMING_INCLUDE_DISABLED");
  const std::chrono::milliseconds near_ttl(reader.number("NEAR_CACHE_TTL_MS", 0, 3'600'000));
  const std::chrono::seconds flush(reader.number("ACCESS_FLUSH_SECONDS", 1, 3'600));
  const std::chrono::milliseconds init_warm(reader.number("LAMBDA_INIT_WARM_MS", 0, 9'000));
  const std::chrono::seconds half_life(reader.number("HEAT_HALF_LIFE_SECONDS", 1, 31'536'000));
  const auto threads = reader.number("THREADS", 0, 256);
  auto admin_token = reader.secret("ADMIN_TOKEN", shortest_admin_token);
  auto jwt_secret = reader.secret("AUTH_JWT_SECRET", shortest_jwt_secret);
  if (reader.has_mistakes()) return fail(ErrorCode::validation, reader.mistakes());

  LoadedConfiguration loaded{Configuration{.environment = std::move(*environment),
                                           .host = reader.text("HOST"),
                                           .port = static_cast<std::uint16_t>(port),
                                           .database_url = reader.text("DATABASE_URL"),
                                           .redis_url = reader.text("REDIS_URL"),
                                           .cache_ttl = ttl,
                                           .warming_enabled = warming,
                                           .warming_top_n = top_n,
                                           .warming_schedule = schedule,
                                           .warming_include_disabled = include_disabled,
                                           .near_cache_ttl = near_ttl,
                                           .access_flush_interval = flush,
                                           .lambda_init_warm = init_warm,
                                           .heat_half_life = half_life,
                                           .threads = thread_count(threads),
                                           .log_level = *log_level,
                                           .log_format = *log_format,
                                           .admin_token = std::move(admin_token),
                                           .jwt_secret = std::move(jwt_secret),
                                           .jwt_issuer = reader.text("AUTH_JWT_ISSUER"),
                                           .jwt_audience = reader.text("AUTH_JWT_AUDIENCE"),
                                           .admin_role = reader.text("AUTH_ADMIN_ROLE")},
                             {}};
  for (const auto& definition : definitions) {
    const auto& [value, source] = values->at(definition.name);
    loaded.settings.push_back({std::string(definition.name), shown(definition, value), source,
                               std::string(definition.description)});
  }
  return loaded;
}

}  // namespace hearth::bootstrap
