#include "adapters/http/error_mapping.hpp"

#include "adapters/http/json_writer.hpp"

namespace hearth::adapters::http {
namespace {

using domain::ErrorCode;

struct HttpError {
  int status;
  std::string_view code;
  bool says_details;  ///< to everybody: the message is about the caller's own request
};

HttpError http_error(ErrorCode code) {
  switch (code) {
    case ErrorCode::validation: return {400, "VALIDATION_ERROR", true};
    case ErrorCode::unauthenticated: return {401, "UNAUTHORIZED", true};
    case ErrorCode::forbidden: return {403, "FORBIDDEN", true};
    case ErrorCode::not_found: return {404, "NOT_FOUND", true};
    case ErrorCode::already_exists: return {409, "ALREADY_EXISTS", true};
    case ErrorCode::version_mismatch: return {412, "VERSION_MISMATCH", true};
    case ErrorCode::unavailable:
    case ErrorCode::deadline_exceeded:
    case ErrorCode::misconfigured: return {503, "UNAVAILABLE", false};
    case ErrorCode::in_doubt: return {504, "IN_DOUBT", false};
    case ErrorCode::internal: return {500, "INTERNAL", false};
  }
  return {500, "INTERNAL", false};
}

}  // namespace

Response protocol_error(int status, std::string_view code, std::string_view message) {
  JsonWriter json;
  json.begin_object().member("error", code).member("message", message).end_object();
  Response response;
  response.status = status;
  response.body = json.take();
  return response;
}

Response error_response(const domain::Error& error, Audience audience) {
  const auto mapped = http_error(error.code);
  const bool tells = mapped.says_details || audience == Audience::administrators;
  auto response = protocol_error(mapped.status, mapped.code,
                                 tells ? std::string_view(error.message)
                                       : "The flag cannot be read at the moment; try again soon");
  if (mapped.status == 503) response.headers.emplace_back("Retry-After", "1");
  if (mapped.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace hearth::adapters::http
