#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/http/router.hpp"

namespace hearth::adapters::http {

/// A request as the routes see it, whatever protocol or event brought it.
struct Request {
  std::string method;  ///< upper case, as HTTP spells it
  std::string target;  ///< path and query, percent-encoded, beginning with a slash
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool declares_body = false;  ///< a Content-Length or a chunked body was announced

  /// The first header of that name, whatever its case; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;

  /// How many headers have that name.
  [[nodiscard]] std::size_t header_count(std::string_view name) const noexcept;
};

/// What nearly all answers are.
inline constexpr std::string_view json_type = "application/json; charset=utf-8";

/// An answer of the routes.
struct Response {
  int status = 200;
  std::string_view content_type = json_type;  ///< of static storage
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<Route> route;  ///< that answered, if one was found; not a part of the message
};

/// Appends the answer as HTTP/1.1 sends it. `keep_alive`: what it says of its connection.
/// `with_body`: false for the answer to a HEAD.
void append_message(std::string& out, const Response& response, bool keep_alive, bool with_body);

/// The same for a public answer about one flag, to a GET: 200 with that body, and `source` as its
/// `X-Cache`.
void append_flag_message(std::string& out, std::string_view body, std::string_view source,
                         bool keep_alive);
/// Whether answers of that status have a body, and headers that describe it.
[[nodiscard]] bool has_content(int status) noexcept;

/// The reason phrase of RFC 9110 for the statuses that hearth uses.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

}  // namespace hearth::adapters::http
