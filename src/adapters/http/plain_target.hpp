#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "adapters/http/target.hpp"

namespace hearth::adapters::http {

namespace detail {
constexpr std::array<bool, 256> make_unreserved() {
  std::array<bool, 256> unreserved{};
  constexpr std::string_view characters =
      "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (const char c : characters) unreserved[static_cast<unsigned char>(c)] = true;
  return unreserved;
}
inline constexpr auto unreserved = make_unreserved();
}  // namespace detail

/// Whether a character means itself wherever it stands in a URL (RFC 3986, section 2.3).
[[nodiscard]] constexpr bool is_unreserved(char c) noexcept {
  return detail::unreserved[static_cast<unsigned char>(c)];
}

/// `text` taken apart if it needs no decoding: a path of unreserved characters, none of whose
/// segments is empty or `.`, and perhaps a query of `name=value` of such characters too. Nothing
/// for all other texts, right or wrong: they are for `parse_any_target`, which gives the same for
/// these.
[[nodiscard]] std::optional<Target> parse_plain_target(std::string_view text);

}  // namespace hearth::adapters::http
