#include "adapters/http/message.hpp"

#include <algorithm>
#include <charconv>

#include "application/text_cursor.hpp"

namespace hearth::adapters::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

void append_number(std::string& out, std::size_t number) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

constexpr std::string_view head_end(bool keep_alive) {
  return keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
}

}  // namespace

std::string_view Request::header(std::string_view name) const noexcept {
  for (const auto& [known, value] : headers) {
    if (equals_without_case(known, name)) return value;
  }
  return {};
}

std::size_t Request::header_count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      headers, [name](const auto& field) { return equals_without_case(field.first, name); }));
}

bool has_content(int status) noexcept { return status != 204 && status != 304; }

void append_message(std::string& out, const Response& response, bool keep_alive, bool with_body) {
  constexpr std::size_t head_estimate = 256;
  out.reserve(out.size() + head_estimate + response.body.size());
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason_phrase(response.status)).append("\r\n");
  if (has_content(response.status)) {
    out.append("Content-Type: ").append(response.content_type).append("\r\nContent-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    out.append(name).append(": ").append(value).append("\r\n");
  }
  out.append(head_end(keep_alive));
  if (with_body && has_content(response.status)) out.append(response.body);
}

void append_flag_message(std::string& out, std::string_view body, std::string_view source,
                         bool keep_alive) {
  static const std::string beginning =
      "HTTP/1.1 200 OK\r\nContent-Type: " + std::string(json_type) + "\r\nContent-Length: ";
  constexpr std::size_t rest_of_head = 80;  // but for the source
  const auto most = beginning.size() + rest_of_head + source.size() + body.size();
  application::append_written(out, most, [&](application::TextCursor& cursor) {
    cursor.text(beginning).number(body.size()).literal("\r\nX-Cache: ").text(source);
    cursor.literal("\r\n").text(head_end(keep_alive)).text(body);
  });
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Unknown";
  }
}

}  // namespace hearth::adapters::http
