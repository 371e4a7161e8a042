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

/// Takes a parameter off the query. False: it is none that may stand here, or no longer.
bool take_parameter(std::string_view& text, FlagTarget& target) {
  auto* const value = take(text, "environment=") ? &target.environment
                      : take(text, "userId=")    ? &target.user_id
                                                 : nullptr;
  if (value == nullptr || value->has_value()) return false;
  *value = take_plain(text);
  return true;
}

}  // namespace

std::optional<FlagTarget> recognise_flag_target(std::string_view text) noexcept {
  if (!take(text, "/api/config/flags/")) return std::nullopt;
  FlagTarget target{take_plain(text)};
  target.evaluates = take(text, "/evaluation");
  for (std::string_view mark = "?"; !text.empty(); mark = "&") {
    if (!take(text, mark) || !take_parameter(text, target)) return std::nullopt;
  }
  return target;
}

}  // namespace hearth::adapters::http
