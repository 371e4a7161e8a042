#include "application/readiness.hpp"

#include <algorithm>

namespace hearth::application {

Readiness::State Readiness::state() const noexcept {
  if (draining_) return State::draining;
  if (!started_) return State::starting;
  const bool degraded = cache_ == DependencyState::down || database_ == DependencyState::down;
  return degraded ? State::degraded : State::ready;
}

std::optional<double> Readiness::coverage() const noexcept {
  const double coverage = coverage_;
  if (coverage == unknown_coverage) return std::nullopt;
  return coverage;
}

std::optional<std::chrono::milliseconds> Readiness::age_of_oldest(SteadyTime now) const noexcept {
  const SteadyTime oldest = oldest_;
  if (oldest == SteadyTime{}) return std::nullopt;
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - oldest);
  return std::max(age, std::chrono::milliseconds(0));
}

std::string_view name_of(Readiness::State state) noexcept {
  switch (state) {
    case Readiness::State::starting: return "starting";
    case Readiness::State::ready: return "ready";
    case Readiness::State::degraded: return "degraded";
    case Readiness::State::draining: return "draining";
  }
  return "starting";
}

std::string_view name_of(Readiness::DependencyState state) noexcept {
  switch (state) {
    case Readiness::DependencyState::unknown: return "unknown";
    case Readiness::DependencyState::up: return "up";
    case Readiness::DependencyState::down: return "down";
  }
  return "unknown";
}

}  // namespace hearth::application
