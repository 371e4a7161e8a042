#include "application/readiness.hpp"

namespace hearth::application {

Readiness::State Readiness::state() const noexcept {
  if (draining_) return State::draining;
  if (!started_) return State::starting;
  const bool degraded = cache_ == DependencyState::down || database_ == DependencyState::down;
  return degraded ? State::degraded : State::ready;
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
