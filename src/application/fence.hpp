#pragma once

#include <chrono>
#include <optional>

#include "application/ports/cache_adapter.hpp"
#include "domain/flag.hpp"

namespace hearth::application {

/// What the fence says to one write (docs/coherence/README.md, rules 2 and 3). Every cache decides
/// like this, wherever it computes it: the in-process cache calls this function, Redis runs the
/// same rules in a script.
///
/// `present`: the version that the cache holds; nothing if it holds none, or a value that cannot
/// be read. `snapshot_age`: the cache's time now minus the writer's snapshot. A snapshot of
/// exactly `max_age` is still good. Age comes first: a writer that is too old learns
/// nothing about what is there, and does not make it live longer either.
[[nodiscard]] constexpr WriteOutcome decide_fenced_write(
    std::optional<domain::Version> present, domain::Version offered,
    std::chrono::milliseconds snapshot_age,
    std::chrono::milliseconds max_age = max_snapshot_age) noexcept {
  if (snapshot_age > max_age) return WriteOutcome::too_old;
  if (!present || *present < offered) return WriteOutcome::written;
  return *present == offered ? WriteOutcome::unchanged : WriteOutcome::newer_present;
}

}  // namespace hearth::application
