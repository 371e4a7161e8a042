#pragma once

#include <string>
#include <string_view>

#include "application/bytes_at_once.hpp"
#include "application/text_cursor.hpp"

namespace hearth::application {

/// Whether this byte cannot stand for itself in a text of JSON.
[[nodiscard]] inline bool needs_escape(char c) noexcept {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

/// How many bytes at the front of `text` stand for themselves in a text of JSON.
[[nodiscard]] inline std::size_t plain_length(std::string_view text) noexcept {
  std::size_t length = 0;
  while (text.size() - length >= SixteenBytes::size &&
         !SixteenBytes(text.substr(length)).need_escape()) {
    length += SixteenBytes::size;
  }
  while (text.size() - length >= EightBytes::size &&
         !EightBytes(text.substr(length)).need_escape()) {
    length += EightBytes::size;
  }
  while (length < text.size() && !needs_escape(text[length])) ++length;
  return length;
}

/// The same, and no byte beyond what ASCII can print.
[[nodiscard]] inline std::size_t plain_ascii_length(std::string_view text) noexcept {
  std::size_t length = 0;
  while (text.size() - length >= SixteenBytes::size &&
         !SixteenBytes(text.substr(length)).leave_plain_ascii()) {
    length += SixteenBytes::size;
  }
  while (text.size() - length >= EightBytes::size &&
         !EightBytes(text.substr(length)).leave_plain_ascii()) {
    length += EightBytes::size;
  }
  while (length < text.size() && !needs_escape(text[length]) &&
         static_cast<unsigned char>(text[length]) < 0x7f) {
    ++length;
  }
  return length;
}

/// Appends `text`, which is UTF-8, as a text of JSON, with its quotation marks.
inline void append_json_text(std::string& out, std::string_view text) {
  auto plain = plain_length(text);
  if (plain == text.size()) {  // as most are
    append_written(out, plain + 2,
                   [text](TextCursor& cursor) { cursor.literal("\"").text(text).literal("\""); });
    return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (;; plain = plain_length(text)) {
    out.append(text.substr(0, plain));
    if (plain == text.size()) break;
    const auto byte = static_cast<unsigned char>(text[plain]);
    if (byte < 0x20) {
      out.append("\\u00").append({digits[byte >> 4], digits[byte & 15]});
    } else {
      out.append({'\\', text[plain]});
    }
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

}  // namespace hearth::application
