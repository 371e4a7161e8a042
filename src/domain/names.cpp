#include "domain/names.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace hearth::domain {
namespace {

constexpr bool is_letter_or_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

constexpr auto key_characters = [] {
  std::array<bool, 256> allowed{};
  for (std::size_t c = 0; c < allowed.size(); ++c) {
    allowed[c] = is_letter_or_digit(static_cast<char>(c)) || c == '.' || c == '_' || c == '-';
  }
  return allowed;
}();

/// A type of its own, so that a name is checked without a call for each of its characters.
struct IsKeyCharacter {
  bool operator()(char c) const { return key_characters[static_cast<unsigned char>(c)]; }
};

struct IsEnvironmentCharacter {
  bool operator()(char c) const { return c != '.' && IsKeyCharacter{}(c); }
};

std::string shown(char c) {
  if (c >= 0x20 && c < 0x7f) return std::string("'") + c + "'";
  char text[16];
  std::snprintf(text, sizeof text, "byte 0x%02x", static_cast<unsigned char>(c));
  return text;
}

/// The rule that `text` breaks, or nothing: both names are checked alike, and answer alike.
template <class IsAllowed>
std::string broken_rule(std::string_view what, std::string_view text, std::size_t max_length,
                        IsAllowed is_allowed, std::string_view allowed) {
  const auto bad = std::ranges::find_if_not(text, is_allowed);
  if (!text.empty() && text.size() <= max_length && bad == text.end()) return {};
  const auto rule = std::string(what) + " is 1 to " + std::to_string(max_length) +
                    " characters of " + std::string(allowed);
  if (text.empty()) return rule + "; this one is empty";
  if (text.size() > max_length) {
    return rule + "; this one has " + std::to_string(text.size()) + " characters";
  }
  return rule + "; character " + std::to_string(bad - text.begin() + 1) + " is " + shown(*bad);
}

}  // namespace

std::optional<FlagKeyView> FlagKeyView::parse(std::string_view text) noexcept {
  if (text.empty() || text.size() > FlagKey::max_length || text == "." || text == "..") {
    return std::nullopt;
  }
  if (!std::ranges::all_of(text, IsKeyCharacter{})) return std::nullopt;
  return FlagKeyView(text);
}

Result<FlagKey> FlagKey::parse(std::string_view text) {
  if (FlagKeyView::parse(text)) return FlagKey(std::string(text));
  auto rule = broken_rule("A flag key", text, max_length, IsKeyCharacter{}, "[A-Za-z0-9._-]");
  if (!rule.empty()) return fail(ErrorCode::validation, std::move(rule));
  return fail(ErrorCode::validation, "A flag key is not '.' or '..': no URL could name the flag");
}

Result<Environment> Environment::parse(std::string_view text) {
  auto rule =
      broken_rule("An environment", text, max_length, IsEnvironmentCharacter{}, "[A-Za-z0-9_-]");
  if (!rule.empty()) return fail(ErrorCode::validation, std::move(rule));
  return Environment(std::string(text));
}

}  // namespace hearth::domain
