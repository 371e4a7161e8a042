#pragma once

#include <string>

#include "domain/error.hpp"
#include "domain/flag.hpp"
#include "domain/names.hpp"

/// What every repository says when a change does not fit what is there.
namespace hearth::application {

[[nodiscard]] inline domain::Error no_such_flag(const domain::Environment& environment,
                                                const domain::FlagKey& key) {
  return {domain::ErrorCode::not_found,
          "There is no flag '" + key.text() + "' in environment '" + environment.text() + "'"};
}

[[nodiscard]] inline domain::Error flag_exists(const domain::Environment& environment,
                                               const domain::FlagKey& key) {
  return {domain::ErrorCode::already_exists, "There is a flag '" + key.text() +
                                                 "' in environment '" + environment.text() +
                                                 "' already; change that one"};
}

[[nodiscard]] inline domain::Error flag_has_changed(const domain::FlagKey& key,
                                                    domain::Version present,
                                                    domain::Version expected) {
  return {domain::ErrorCode::version_mismatch,
          "The flag '" + key.text() + "' is at version " + std::to_string(present) + ", not " +
              std::to_string(expected) + "; read it again and repeat the change"};
}

[[nodiscard]] inline domain::Error draft_occurs_twice(const domain::FlagKey& key) {
  return {domain::ErrorCode::validation,
          "The flag '" + key.text() + "' occurs more than once; name each flag once"};
}

}  // namespace hearth::application
