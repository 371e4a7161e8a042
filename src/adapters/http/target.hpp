#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/error.hpp"

namespace hearth::adapters::http {

/// A request target, taken apart and percent-decoded.
struct Target {
  std::vector<std::string> segments;  ///< of the path, without the slashes
  std::vector<std::pair<std::string, std::string>> parameters;

  /// The first query parameter of that name.
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
};

/// Parses the origin form (`/path?query`). Nothing is normalised: `..` and empty segments stay.
/// Fails with `validation` for what RFC 3986 does not allow.
[[nodiscard]] domain::Result<Target> parse_target(std::string_view text);

/// The same for every text, but slower: decodes even what needs no decoding.
[[nodiscard]] domain::Result<Target> parse_any_target(std::string_view text);

}  // namespace hearth::adapters::http
