#include "adapters/http/plain_target.hpp"

#include <algorithm>

namespace hearth::adapters::http {
namespace {

bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_unreserved);
}

/// Boost.URL drops a `.` at the front of a path, and nowhere else: that is left to it.
bool is_plain_segment(std::string_view text) { return is_plain(text) && text != "."; }

/// What stands before `mark`, which is taken off with it; all of it if there is no such mark.
std::string_view take_until(std::string_view& text, char mark) {
  const auto place = text.find(mark);
  const auto front = text.substr(0, place);
  text.remove_prefix(place == std::string_view::npos ? text.size() : place + 1);
  return front;
}

}  // namespace

std::optional<Target> parse_plain_target(std::string_view text) {
  if (!text.starts_with('/') || text.ends_with('/') || text.ends_with('&')) return std::nullopt;
  text.remove_prefix(1);
  const bool has_query = text.find('?') != std::string_view::npos;
  auto path = take_until(text, '?');
  if (path.empty() || path.ends_with('/') || text.empty() == has_query) return std::nullopt;
  Target target;
  while (!path.empty()) {
    const auto segment = take_until(path, '/');
    if (!is_plain_segment(segment)) return std::nullopt;
    target.segments.emplace_back(segment);
  }
  while (!text.empty()) {
    auto value = take_until(text, '&');
    const bool has_value = value.find('=') != std::string_view::npos;
    const auto name = take_until(value, '=');
    if (!has_value || !is_plain(name) || !is_plain(value)) return std::nullopt;
    target.parameters.emplace_back(name, value);
  }
  return target;
}

}  // namespace hearth::adapters::http
