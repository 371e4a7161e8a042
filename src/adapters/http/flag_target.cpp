#include "adapters/http/flag_target.hpp"

#include "adapters/http/plain_target.hpp"

namespace hearth::adapters::http {
namespace {

/// Takes `front` off `text`, if it begins so.
bool take(std::string_view& text, std::string_view front) {
  if (!text.starts_with(front)) return false;
  text.remove_prefix(front.size());
  return true;
}

/// Takes off, and gives, what needs no decoding.
std::string_view take_plain(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && is_unreserved(text[length])) ++length;
  const auto plain = text.substr(0, length);
  text.remove_prefix(length);
  return plain;
}

}  // namespace

std::optional<FlagTarget> recognise_flag_target(std::string_view text) noexcept {
  if (!take(text, "/api/config/flags/")) return std::nullopt;
  FlagTarget target{take_plain(text), std::nullopt};
  if (take(text, "?environment=")) target.environment = take_plain(text);
  if (!text.empty()) return std::nullopt;
  return target;
}

}  // namespace hearth::adapters::http
