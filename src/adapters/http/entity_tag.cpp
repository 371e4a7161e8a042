#include "adapters/http/entity_tag.hpp"

namespace hearth::adapters::http {
namespace {

std::string_view without_weakness(std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

void skip_blanks(std::string_view& text) {
  const auto begin = text.find_first_not_of(" \t");
  text.remove_prefix(begin == std::string_view::npos ? text.size() : begin);
}

}  // namespace

std::string weak_entity_tag(std::uint64_t fingerprint) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr int most_significant = 60;
  std::string tag = "W/\"";
  for (int shift = most_significant; shift >= 0; shift -= 4) {
    tag += digits[fingerprint >> static_cast<unsigned>(shift) & 15U];
  }
  return tag += '"';
}

bool is_matched(std::string_view if_none_match, std::string_view tag) {
  skip_blanks(if_none_match);
  if (if_none_match.starts_with('*')) {
    if_none_match.remove_prefix(1);
    skip_blanks(if_none_match);
    return if_none_match.empty();
  }
  const auto wanted = without_weakness(tag);
  while (!if_none_match.empty()) {
    if (if_none_match.starts_with(',')) {
      if_none_match.remove_prefix(1);
      skip_blanks(if_none_match);
      continue;
    }
    auto present = without_weakness(if_none_match);
    if (!present.starts_with('"')) return false;
    const auto end = present.find('"', 1);
    if (end == std::string_view::npos) return false;
    if (present.substr(0, end + 1) == wanted) return true;
    if_none_match = present.substr(end + 1);
    skip_blanks(if_none_match);
    if (!if_none_match.empty() && !if_none_match.starts_with(',')) return false;
  }
  return false;
}

}  // namespace hearth::adapters::http
