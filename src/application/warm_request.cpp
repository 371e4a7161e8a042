#include "application/warm_request.hpp"

#include <string>
#include <utility>

namespace hearth::application {

domain::Result<std::vector<domain::FlagKey>> parse_warm_keys(
    std::span<const std::string_view> names) {
  if (names.empty() || names.size() > most_warm_keys) {
    return domain::fail(domain::ErrorCode::validation,
                        "flagKeys names 1 to " + std::to_string(most_warm_keys) +
                            " flags; leave it out to warm the hottest ones");
  }
  std::vector<domain::FlagKey> keys;
  keys.reserve(names.size());
  for (const auto name : names) {
    auto key = domain::FlagKey::parse(name);
    if (!key) return std::unexpected(std::move(key.error()));
    keys.push_back(std::move(*key));
  }
  return keys;
}

}  // namespace hearth::application
