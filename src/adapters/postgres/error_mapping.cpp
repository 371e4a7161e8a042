#include "adapters/postgres/error_mapping.hpp"

#include <algorithm>
#include <string>

namespace hearth::adapters::postgres {
namespace {

using domain::Error;
using domain::ErrorCode;

constexpr auto read_again =
    "The change was sent and its outcome is not known; read the flag before trying again";

/// Sentences are glued with ": "; the server's own text ends without a full stop.
std::string explained(std::string_view what, std::string_view server_message) {
  if (server_message.empty()) return std::string(what);
  return std::string(what) + " (" + std::string(server_message) + ")";
}

bool is_sqlstate(std::string_view text) {
  return text.size() == 5 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

/// Classes and codes of PostgreSQL's appendix A that mean the same however they come.
Error translate_sqlstate(std::string_view sqlstate, std::string_view message) {
  const auto in_class = [&](std::string_view two) { return sqlstate.starts_with(two); };
  if (sqlstate == "42P01" || sqlstate == "42703" || sqlstate == "42883" || sqlstate == "3F000") {
    return {ErrorCode::misconfigured,
            explained("The database lacks hearth's schema; run `hearth migrate`", message)};
  }
  if (sqlstate == "42501") {
    return {ErrorCode::misconfigured,
            explained("The database user lacks a permission; grant it", message)};
  }
  if (in_class("28")) {
    return {ErrorCode::misconfigured,
            explained("PostgreSQL refused the login; check user and password in DATABASE_URL",
                      message)};
  }
  if (sqlstate == "3D000") {
    return {ErrorCode::misconfigured,
            explained("The database does not exist; create it or mend DATABASE_URL", message)};
  }
  if (sqlstate == "25006") {
    return {ErrorCode::unavailable,
            explained("PostgreSQL is read-only, as after a failover; try again", message)};
  }
  if (sqlstate.starts_with("57P") || in_class("53") || in_class("08") || in_class("40") ||
      sqlstate == "55P03") {
    return {ErrorCode::unavailable, explained("PostgreSQL gave up; try again", message)};
  }
  return {
      ErrorCode::internal,
      explained("PostgreSQL refused a statement with SQLSTATE " + std::string(sqlstate), message)};
}

}  // namespace

std::string_view first_line(std::string_view message) {
  message = message.substr(0, message.find_first_of("\r\n"));
  while (message.ends_with(' ')) message.remove_suffix(1);
  return message;
}

StatementFailure translate(const ServerError& error, Effect effect) {
  const auto message = first_line(error.message);
  // After FATAL the server closes the connection. For a change even a commit may lie behind it.
  const bool fatal = error.severity == "FATAL" || error.severity == "PANIC";
  if (fatal) {
    const bool is_login = error.sqlstate.starts_with("28") || error.sqlstate == "3D000";
    if (!is_login) return connection_lost(message, effect, /*sent=*/true);
  }
  if (!is_sqlstate(error.sqlstate)) return connection_lost(message, effect, /*sent=*/true);
  if (error.sqlstate == "57014") {
    if (effect == Effect::changes) {
      return {{ErrorCode::unavailable,
               "PostgreSQL took too long and cancelled the change; "
               "nothing changed, try again"},
              Aftermath::usable};
    }
    return {{ErrorCode::deadline_exceeded, "PostgreSQL took too long and cancelled the query"},
            Aftermath::usable};
  }
  // A prepared statement that is gone (a pooler swapped the server connection) or whose plan no
  // longer fits the schema: a new connection prepares it anew. Nothing was executed.
  if (error.sqlstate == "26000" || error.sqlstate == "0A000") {
    return {{ErrorCode::unavailable, explained("PostgreSQL lost a prepared statement", message)},
            Aftermath::lost};
  }
  return {translate_sqlstate(error.sqlstate, message), Aftermath::usable};
}

StatementFailure connection_lost(std::string_view reason, Effect effect, bool sent) {
  if (effect == Effect::changes && sent) {
    return {{ErrorCode::in_doubt, explained(read_again, first_line(reason))}, Aftermath::lost};
  }
  return {{ErrorCode::unavailable,
           explained("The connection to PostgreSQL was lost; try again", first_line(reason))},
          Aftermath::lost};
}

StatementFailure deadline_passed(Effect effect, bool sent) {
  if (effect == Effect::changes && sent) {
    return {{ErrorCode::in_doubt, std::string(read_again) + " (PostgreSQL did not answer in time)"},
            Aftermath::lost};
  }
  return {{ErrorCode::deadline_exceeded, "PostgreSQL did not answer in time"}, Aftermath::lost};
}

domain::Error translate_connect_failure(std::string_view message) {
  // "connection to server at ... failed: FATAL:  28P01: password authentication failed ...", once
  // for each host that was tried: the last one counts.
  constexpr std::string_view before = ":  ";
  for (auto at = message.rfind(before); at != std::string_view::npos && at > 0;
       at = message.rfind(before, at - 1)) {
    const auto code = message.substr(at + before.size(), 5);
    const auto rest = message.substr(std::min(message.size(), at + before.size() + 5));
    if (!is_sqlstate(code) || !rest.starts_with(": ")) continue;
    auto error = translate_sqlstate(code, first_line(rest.substr(2)));
    if (error.code == ErrorCode::internal) error.code = ErrorCode::unavailable;
    return error;
  }
  return {ErrorCode::unavailable,
          explained("PostgreSQL cannot be reached; see that it runs and DATABASE_URL names it",
                    first_line(message))};
}

}  // namespace hearth::adapters::postgres
