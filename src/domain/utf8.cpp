#include "domain/utf8.hpp"

#include <cstdint>

namespace hearth::domain {
namespace {

/// How a sequence with this first byte goes on: its length and the range of its second byte
/// (RFC 3629, section 4, "Syntax of UTF-8 Byte Sequences"). Length 0: no sequence starts so.
struct SequenceRule {
  std::size_t length;
  std::uint8_t second_min;
  std::uint8_t second_max;
};

SequenceRule rule_for(std::uint8_t first) {
  if (first <= 0x7f) return {1, 0, 0};
  if (first >= 0xc2 && first <= 0xdf) return {2, 0x80, 0xbf};
  if (first == 0xe0) return {3, 0xa0, 0xbf};
  if (first == 0xed) return {3, 0x80, 0x9f};
  if (first >= 0xe1 && first <= 0xef) return {3, 0x80, 0xbf};
  if (first == 0xf0) return {4, 0x90, 0xbf};
  if (first >= 0xf1 && first <= 0xf3) return {4, 0x80, 0xbf};
  if (first == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

bool continues(std::string_view text, const SequenceRule& rule) {
  if (text.size() < rule.length) return false;
  for (std::size_t i = 1; i < rule.length; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    const auto min = i == 1 ? rule.second_min : std::uint8_t{0x80};
    const auto max = i == 1 ? rule.second_max : std::uint8_t{0xbf};
    if (byte < min || byte > max) return false;
  }
  return true;
}

}  // namespace

std::optional<std::size_t> utf8_length(std::string_view text) noexcept {
  std::size_t characters = 0;
  while (!text.empty()) {
    const auto rule = rule_for(static_cast<std::uint8_t>(text.front()));
    if (rule.length == 0 || !continues(text, rule)) return std::nullopt;
    text.remove_prefix(rule.length);
    ++characters;
  }
  return characters;
}

}  // namespace hearth::domain
