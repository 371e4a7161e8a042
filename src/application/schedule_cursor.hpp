#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "application/schedule_mistake.hpp"

namespace hearth::application {

/// A place in the text of a schedule that moves on as its parser understands it.
class ScheduleCursor {
 public:
  explicit ScheduleCursor(std::string_view text) : text_(text) {}

  /// The next character; 0 at the end.
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  /// The column of the next character, counted from 1.
  [[nodiscard]] std::size_t position() const { return at_ + 1; }

  /// Whether a field may end here: at a blank, at the closing bracket, at the end of the text.
  [[nodiscard]] bool at_boundary() const {
    const char next = peek();
    return next == '\0' || is_blank(next) || next == ')';
  }

  /// Passes over `wanted` if it stands here, in this very spelling.
  bool accept(std::string_view wanted) {
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }

  /// Passes over this letter if it stands here, in either case.
  bool accept_letter(char upper) {
    if (peek() != upper && peek() != static_cast<char>(upper - 'A' + 'a')) return false;
    ++at_;
    return true;
  }

  /// Passes over blanks and tabs; whether there were any.
  bool accept_blanks() {
    const auto start = at_;
    while (is_blank(peek())) ++at_;
    return at_ != start;
  }

  /// Passes over all digits that stand here.
  std::string_view take_digits() {
    return take([](char c) { return c >= '0' && c <= '9'; });
  }

  /// Passes over at most `most` ASCII letters that stand here.
  std::string_view take_letters(std::size_t most) {
    return take([](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }, most);
  }

  /// What stands here, for a message: `'x'`, or `the end`.
  [[nodiscard]] std::string here() const {
    if (at_ >= text_.size()) return "the end";
    return "'" + std::string(1, text_[at_]) + "'";
  }

  [[nodiscard]] std::unexpected<ScheduleMistake> mistake(std::string what) const {
    return mistake_at(position(), std::move(what));
  }

  [[nodiscard]] static std::unexpected<ScheduleMistake> mistake_at(std::size_t position,
                                                                   std::string what) {
    return std::unexpected(ScheduleMistake{position, std::move(what)});
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t'; }

  template <class Predicate>
  std::string_view take(Predicate belongs, std::size_t most = std::string_view::npos) {
    const auto start = at_;
    while (at_ < text_.size() && at_ - start < most && belongs(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// The value of a text of digits, or -1 if it is greater than `greatest`.
[[nodiscard]] inline int number_up_to(int greatest, std::string_view digits) {
  int value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return failure == std::errc{} && value <= greatest ? value : -1;
}

}  // namespace hearth::application
