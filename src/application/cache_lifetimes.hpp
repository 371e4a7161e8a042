#pragma once

#include <algorithm>
#include <chrono>

#include "application/ports/cache_adapter.hpp"
#include "domain/flag.hpp"

namespace hearth::application {

/// How long entries live in the shared cache.
struct CacheLifetimes {
  std::chrono::milliseconds known{300'000};   ///< a flag, or the tombstone of a deleted one
  std::chrono::milliseconds unknown{15'000};  ///< the tombstone of a key that has never existed

  [[nodiscard]] std::chrono::milliseconds of(const domain::FlagState& state) const {
    return domain::version_of(state) == 0 ? std::min(unknown, known) : known;
  }

  /// A snapshot may be this old: half of a flag's life at most, so that a fence outlives every
  /// writer that it has to refuse.
  [[nodiscard]] std::chrono::milliseconds max_age() const {
    return std::min(max_snapshot_age, known / 2);
  }
};

}  // namespace hearth::application
