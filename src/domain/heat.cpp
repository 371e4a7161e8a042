#include "domain/heat.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hearth::domain {
namespace {

constexpr Timestamp reference_time = std::chrono::sys_days{std::chrono::January / 1 / 2020};

}  // namespace

double heat_of(std::uint64_t count, Timestamp at, HeatDecay decay) noexcept {
  const auto lambda = std::numbers::ln2 / static_cast<double>(decay.half_life.count());
  const std::chrono::duration<double> age = at - reference_time;
  return std::log(static_cast<double>(count)) + lambda * age.count();
}

double combine_heat(double a, double b) noexcept {
  return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
}

}  // namespace hearth::domain
