#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace hearth::application {

/// Writes text into room that is known to be enough.
class TextCursor {
 public:
  explicit TextCursor(char* at) noexcept : at_(at) {}

  /// A literal, whose length the compiler knows.
  template <std::size_t size>
  TextCursor& literal(const char (&text)[size]) noexcept {
    at_ = std::copy_n(text, size - 1, at_);
    return *this;
  }
  TextCursor& text(std::string_view text) noexcept {
    at_ = std::copy_n(text.data(), text.size(), at_);
    return *this;
  }
  /// In decimal: at most `most_digits` characters.
  template <class Integer>
  TextCursor& number(Integer number) noexcept {
    at_ = std::to_chars(at_, at_ + most_digits, number).ptr;
    return *this;
  }

  [[nodiscard]] char* at() const noexcept { return at_; }

  /// Of any integer, with its sign.
  static constexpr std::size_t most_digits = 20;

 private:
  char* at_;
};

/// Appends what `write` writes with a TextCursor, at most `most` bytes: there is one look at the
/// room instead of one for each piece.
template <class Write>
void append_written(std::string& out, std::size_t most, Write write) {
  const auto size = out.size();
  out.resize_and_overwrite(size + most, [&](char* begin, std::size_t) {
    TextCursor cursor(begin + size);
    write(cursor);
    return static_cast<std::size_t>(cursor.at() - begin);
  });
}

}  // namespace hearth::application
