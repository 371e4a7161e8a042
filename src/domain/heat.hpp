#pragma once

#include <chrono>
#include <cstdint>

#include "domain/flag.hpp"

namespace hearth::domain {

/// How fast old requests lose their weight. Every process of a fleet must use the same half-life.
struct HeatDecay {
  std::chrono::seconds half_life{3600};
};

/// The heat that `count` requests at `at` are worth, on their own: `ln(count) + lambda (at - t0)`,
/// a forward-decayed count in the log domain with t0 = 2020-01-01T00:00:00Z (Cormode, Shkapenyuk,
/// Srivastava, Xu: "Forward decay", ICDE 2009). Heats of any two times may be compared as they
/// stand: time passing changes no order. `count` must be at least 1.
[[nodiscard]] double heat_of(std::uint64_t count, Timestamp at, HeatDecay decay) noexcept;

/// The heat of both together: `ln(exp(a) + exp(b))`, computed without overflow. The repositories
/// do the same in SQL.
[[nodiscard]] double combine_heat(double a, double b) noexcept;

}  // namespace hearth::domain
