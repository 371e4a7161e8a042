#include "adapters/postgres/connection_options.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace hearth::adapters::postgres {
namespace {

domain::Error malformed(std::string_view detail) {
  return {domain::ErrorCode::misconfigured,
          "DATABASE_URL is not a PostgreSQL URL: " + std::string(detail) +
              "; write it as postgres://user:password@host:5432/database, with special characters "
              "in the password percent-encoded"};
}

bool is_port_list(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == ','; });
}

}  // namespace

domain::Result<ConnectionOptions> ConnectionOptions::parse(const PostgresSettings& settings) {
  const std::string_view url = settings.url;
  if (!url.starts_with("postgres://") && !url.starts_with("postgresql://")) {
    return std::unexpected(malformed("it does not begin with postgres://"));
  }
  // libpq would take a stray '@', '/' or ':' of a password for the end of it, and then print the
  // rest as a host or port.
  const auto authority_and_path = url.substr(0, url.find('?'));
  if (std::ranges::count(authority_and_path, '@') > 1) {
    return std::unexpected(malformed("it has more than one '@'"));
  }
  const auto at = authority_and_path.find('@');
  const auto slash = authority_and_path.find('/', url.find("://") + 3);
  if (at != std::string_view::npos && slash < at) {
    return std::unexpected(malformed("there is a '/' before the '@'"));
  }

  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(settings.url.c_str(), &message), PQconninfoFree);
  PQfreemem(message);  // it may quote the password
  if (!parsed) return std::unexpected(malformed("it cannot be read"));

  // All statements are lookups by index whatever their parameters, so one plan each is enough;
  // planning the warm query anew costs several times its execution.
  std::string server_options = "-c plan_cache_mode=force_generic_plan -c statement_timeout=" +
                               std::to_string(settings.statement_timeout.count());
  if (settings.announces_changes) server_options += " -c hearth.announces_changes=on";
  for (const auto* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "port" && !is_port_list(option->val)) {
      return std::unexpected(malformed("its port is not a number"));
    }
    if (keyword == "options") server_options += std::string(" ") + option->val;
  }

  ConnectionOptions options;
  options.options_ = {
      // What the URL may override: a peer that vanished is noticed after about 45 s idle, or 10 s
      // with data on the way.
      {"fallback_application_name", "hearth"},
      {"keepalives", "1"},
      {"keepalives_idle", "30"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "10000"},
      {"dbname", settings.url},
      // What it may not, but for its own `options`, which the server applies on top of hearth's.
      {"client_encoding", "UTF8"},
      {"options", server_options},
  };
  return options;
}

std::vector<const char*> ConnectionOptions::keywords() const {
  std::vector<const char*> pointers;
  pointers.reserve(options_.size() + 1);
  for (const auto& [keyword, value] : options_) pointers.push_back(keyword.c_str());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<const char*> ConnectionOptions::values() const {
  std::vector<const char*> pointers;
  pointers.reserve(options_.size() + 1);
  for (const auto& [keyword, value] : options_) pointers.push_back(value.c_str());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace hearth::adapters::postgres
