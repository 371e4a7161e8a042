#include "adapters/memory/memory_warming_records.hpp"

#include <utility>

namespace hearth::adapters::memory {

using application::Deadline;
using application::Task;
using application::WarmingLockAttempt;
using application::WarmingLockRequest;
using application::WarmingState;
using application::WarmMarker;
using application::WarmReport;
using domain::Environment;
using domain::Result;
using std::chrono::milliseconds;

WarmingState MemoryWarmingRecords::state_of(const Shared& shared) const {
  const auto now = clock_.steady_now();
  WarmingState state;
  state.cache_time_ms = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
  state.marker = shared.marker;
  state.marker_identity = std::to_string(shared.markers_written);
  state.locked = now < shared.held_until;
  return state;
}

MemoryWarmingRecords::Shared& MemoryWarmingRecords::shared_of(const Environment& environment) {
  if (environments_.size() >= most_environments && !environments_.contains(environment)) {
    environments_.erase(environments_.begin());
  }
  return environments_[environment];
}

bool MemoryWarmingRecords::holds(const Shared& shared, const std::string& token) const {
  return shared.holder == token && clock_.steady_now() < shared.held_until;
}

Task<Result<WarmingState>> MemoryWarmingRecords::look(Environment environment, Deadline) {
  co_return state_of(shared_of(environment));
}

Task<Result<WarmingLockAttempt>> MemoryWarmingRecords::acquire(Environment environment,
                                                               WarmingLockRequest request,
                                                               Deadline) {
  auto& shared = shared_of(environment);
  WarmingLockAttempt attempt{false, state_of(shared)};
  const auto& identity = attempt.state.marker_identity;
  if (!attempt.state.locked && request.marker_identity.value_or(identity) == identity) {
    shared.holder = std::move(request.token);
    shared.held_until = clock_.steady_now() + request.life;
    attempt.acquired = true;
  }
  co_return attempt;
}

Task<Result<bool>> MemoryWarmingRecords::extend(Environment environment, std::string token,
                                                milliseconds life, Deadline) {
  auto& shared = shared_of(environment);
  if (!holds(shared, token)) co_return false;
  shared.held_until = clock_.steady_now() + life;
  co_return true;
}

Task<Result<bool>> MemoryWarmingRecords::release(Environment environment, std::string token,
                                                 Deadline) {
  auto& shared = shared_of(environment);
  if (!holds(shared, token)) co_return false;
  shared.held_until = {};
  co_return true;
}

Task<Result<bool>> MemoryWarmingRecords::finish(Environment environment, std::string token,
                                                WarmMarker marker, Deadline) {
  auto& shared = shared_of(environment);
  if (!holds(shared, token)) co_return false;
  shared.marker = std::move(marker);
  ++shared.markers_written;
  shared.held_until = {};
  co_return true;
}

Task<Result<void>> MemoryWarmingRecords::record(WarmReport report, Deadline) {
  auto& shared = shared_of(report.environment);
  const bool is_refresh = report.trigger == application::WarmTrigger::refresh;
  auto& list = is_refresh ? shared.refreshes : shared.runs;
  report.sample.clear();
  list.push_front(std::move(report));
  if (list.size() > (is_refresh ? most_refresh_runs : most_runs)) list.pop_back();
  co_return Result<void>{};
}

Task<Result<std::vector<WarmReport>>> MemoryWarmingRecords::recent(Environment environment,
                                                                   Deadline) {
  const auto& shared = shared_of(environment);
  std::vector<WarmReport> reports(shared.runs.begin(), shared.runs.end());
  reports.insert(reports.end(), shared.refreshes.begin(), shared.refreshes.end());
  co_return reports;
}

}  // namespace hearth::adapters::memory
