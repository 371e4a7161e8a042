#include "adapters/redis/endpoint.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>

namespace hearth::adapters::redis {
namespace {

using domain::ErrorCode;
using domain::fail;

constexpr std::string_view expected_form =
    "REDIS_URL is redis://[[user]:password@]host[:port][/database] or "
    "unix://[[user]:password@]/path[?db=database]";

domain::Result<int> parse_database(std::string_view text) {
  int database = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), database);
  if (failure != std::errc{} || end != text.data() + text.size() || database < 0) {
    return fail(ErrorCode::validation,
                std::string(expected_form) + "; the database is a number, 0 or greater");
  }
  return database;
}

domain::Result<Endpoint> parse_tcp(Endpoint endpoint, const boost::urls::url_view& url) {
  endpoint.host = url.host_address();
  if (endpoint.host.empty()) {
    return fail(ErrorCode::validation, std::string(expected_form) + "; the host is missing");
  }
  endpoint.port = url.has_port() && !url.port().empty() ? std::string(url.port()) : "6379";
  if (endpoint.port.size() > 5 || std::stoul("0" + endpoint.port) > 65535 ||
      std::stoul("0" + endpoint.port) == 0) {
    return fail(ErrorCode::validation, std::string(expected_form) + "; the port is 1 to 65535");
  }
  std::string path = url.path();
  // Boost.URL takes what follows a port that is none for a path without its slash.
  if (!path.empty() && !path.starts_with('/')) {
    return fail(ErrorCode::validation, std::string(expected_form) + "; the port is 1 to 65535");
  }
  if (path.size() > 1) {
    const auto database = parse_database(std::string_view(path).substr(1));
    if (!database) return std::unexpected(database.error());
    endpoint.database = *database;
  }
  return endpoint;
}

domain::Result<Endpoint> parse_unix(Endpoint endpoint, const boost::urls::url_view& url) {
  endpoint.socket_path = url.path();
  if (endpoint.socket_path.size() < 2 || !url.host().empty()) {
    return fail(ErrorCode::validation,
                std::string(expected_form) + "; a Unix socket's path begins with a slash");
  }
  for (const auto& parameter : url.params()) {
    if (parameter.key != "db") continue;
    const auto database = parse_database(parameter.value);
    if (!database) return std::unexpected(database.error());
    endpoint.database = *database;
  }
  return endpoint;
}

}  // namespace

std::string Endpoint::shown() const {
  if (!socket_path.empty()) return "unix://" + socket_path;
  const auto bracketed = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return "redis://" + bracketed + ":" + port + "/" + std::to_string(database);
}

domain::Result<Endpoint> parse_endpoint(std::string_view url) {
  const auto parsed = boost::urls::parse_uri({url.data(), url.size()});
  if (!parsed) return fail(ErrorCode::validation, std::string(expected_form));
  Endpoint endpoint;
  endpoint.user = parsed->user();
  endpoint.password = parsed->password();
  if (!endpoint.user.empty() && endpoint.password.empty()) {
    return fail(ErrorCode::validation, std::string(expected_form) +
                                           "; a user needs a password (for a password alone "
                                           "write a colon before it)");
  }
  const auto scheme = parsed->scheme();
  if (scheme == "redis") return parse_tcp(std::move(endpoint), *parsed);
  if (scheme == "unix") return parse_unix(std::move(endpoint), *parsed);
  if (scheme == "rediss") {
    return fail(ErrorCode::validation,
                "REDIS_URL asks for TLS (rediss://), which this version does not speak yet; use "
                "redis:// inside a private network, or a TLS tunnel");
  }
  return fail(ErrorCode::validation, std::string(expected_form));
}

}  // namespace hearth::adapters::redis
