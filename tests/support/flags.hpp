#pragma once

#include <string>
#include <string_view>

#include "domain/flag.hpp"
#include "domain/names.hpp"

namespace hearth::test_support {

/// A key that is known to be valid; throws std::bad_expected_access otherwise.
[[nodiscard]] inline domain::FlagKey flag_key(std::string_view text) {
  return domain::FlagKey::parse(text).value();
}

/// An environment that is known to be valid; throws std::bad_expected_access otherwise.
[[nodiscard]] inline domain::Environment environment(std::string_view text) {
  return domain::Environment::parse(text).value();
}

/// A live flag with every member set to something that is not its default.
[[nodiscard]] inline domain::Flag sample_flag(std::string_view key, domain::Version version = 1) {
  using std::chrono::milliseconds;
  return {.key = flag_key(key),
          .enabled = true,
          .rollout_percentage = 37,
          .description = "Flag " + std::string(key),
          .version = version,
          .created_at = domain::Timestamp(milliseconds(1'767'225'600'123)),
          .updated_at = domain::Timestamp(milliseconds(1'767'312'000'456))};
}

}  // namespace hearth::test_support
