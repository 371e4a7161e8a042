#include "application/warming_decisions.hpp"

#include <algorithm>

namespace hearth::application {

using std::chrono::milliseconds;

namespace {

bool is_still_there(std::optional<double> coverage) {
  return coverage.value_or(1.0) >= least_coverage;
}

}  // namespace

milliseconds full_jitter(milliseconds bound, std::uint64_t random) {
  const auto steps = static_cast<std::uint64_t>(std::max<std::int64_t>(bound.count(), 0)) + 1;
  return milliseconds(static_cast<std::int64_t>(random % steps));
}

std::optional<milliseconds> age_of_marker(const WarmingState& state) {
  if (!state.marker || state.marker->began_at_ms > state.cache_time_ms) return std::nullopt;
  return milliseconds(state.cache_time_ms - state.marker->began_at_ms);
}

ColdStartStep decide_cold_start(const WarmingState& state, std::optional<double> coverage,
                                milliseconds ttl, bool time_is_up) {
  const auto age = age_of_marker(state);
  if (age && *age < ttl && is_still_there(coverage)) return ColdStartStep::served;
  if (time_is_up) return ColdStartStep::give_up;
  return state.locked ? ColdStartStep::wait : ColdStartStep::run;
}

UpkeepStep decide_upkeep(const WarmingState& state, std::optional<double> coverage,
                         milliseconds refresh_after) {
  if (state.locked) return UpkeepStep::nothing;
  if (!state.marker) return UpkeepStep::recovery;
  const auto age = age_of_marker(state);
  if (!is_still_there(coverage) && (!age || *age >= eviction_patience)) return UpkeepStep::recovery;
  if (!age || *age >= refresh_after) return UpkeepStep::refresh;
  return UpkeepStep::nothing;
}

milliseconds pick_refresh_age(milliseconds ttl, std::uint64_t random) {
  const auto earliest = ttl * 3 / 10;
  return std::max(milliseconds(1), earliest + full_jitter(ttl / 10, random));
}

JoinStep decide_join(const WarmingState& first, const WarmingLockAttempt& attempt) {
  if (attempt.acquired) return JoinStep::run;
  const auto& marker = attempt.state.marker;
  if (!marker) return JoinStep::wait;
  const bool is_another = !first.marker || first.marker->run_id != marker->run_id;
  return is_another ? JoinStep::answer : JoinStep::wait;
}

WarmMarker marker_of(const WarmReport& report, std::int64_t began_at_ms,
                     const std::optional<WarmMarker>& before) {
  WarmMarker marker;
  if (before) marker = *before;
  marker.run_id = report.id;
  marker.trigger = report.trigger;
  marker.began_at_ms = began_at_ms;
  marker.warmed = report.warmed();
  marker.sample = report.sample;
  return marker;
}

}  // namespace hearth::application
