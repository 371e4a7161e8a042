#pragma once

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

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

  /// What to write for these states.
  [[nodiscard]] std::vector<CacheEntry> entries_of(std::vector<domain::FlagState> states) const {
    std::vector<CacheEntry> entries;
    entries.reserve(states.size());
    for (auto& state : states) {
      const auto ttl = of(state);
      entries.push_back(CacheEntry{std::move(state), ttl});
    }
    return entries;
  }

  /// A snapshot may be this old: half of a flag's life at most, so that a fence outlives every
  /// writer that it has to refuse.
  [[nodiscard]] std::chrono::milliseconds max_age() const {
    return std::min(max_snapshot_age, known / 2);
  }
};

}  // namespace hearth::application
