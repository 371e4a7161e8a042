#pragma once

#include <deque>
#include <map>

#include "application/ports/clock.hpp"
#include "application/ports/warming_records.hpp"

namespace hearth::adapters::memory {

/// What a fleet of one process remembers about warming. Its time is `clock.steady_now()`; deadlines
/// are not looked at, because no call waits. Threading: one executor, as the port asks.
class MemoryWarmingRecords final : public application::WarmingRecords {
 public:
  /// `clock` outlives it.
  explicit MemoryWarmingRecords(const application::Clock& clock) : clock_(clock) {}

  application::Task<domain::Result<application::WarmingState>> look(
      domain::Environment environment, application::Deadline deadline) override;
  application::Task<domain::Result<application::WarmingLockAttempt>> acquire(
      domain::Environment environment, application::WarmingLockRequest request,
      application::Deadline deadline) override;
  application::Task<domain::Result<bool>> extend(domain::Environment environment, std::string token,
                                                 std::chrono::milliseconds life,
                                                 application::Deadline deadline) override;
  application::Task<domain::Result<bool>> release(domain::Environment environment,
                                                  std::string token,
                                                  application::Deadline deadline) override;
  application::Task<domain::Result<bool>> finish(domain::Environment environment, std::string token,
                                                 application::WarmMarker marker,
                                                 application::Deadline deadline) override;
  application::Task<domain::Result<void>> record(application::WarmReport report,
                                                 application::Deadline deadline) override;
  application::Task<domain::Result<std::vector<application::WarmReport>>> recent(
      domain::Environment environment, application::Deadline deadline) override;

 private:
  using Time = std::chrono::steady_clock::time_point;

  /// Of one environment.
  struct Shared {
    std::string holder;  ///< the lock's token; it counts until `held_until`
    Time held_until{};
    std::optional<application::WarmMarker> marker;
    std::uint64_t markers_written = 0;              ///< the marker's identity
    std::deque<application::WarmReport> runs;       ///< newest first
    std::deque<application::WarmReport> refreshes;  ///< newest first
  };

  static constexpr std::size_t most_environments = 1'000;

  /// The environment's own; another one's is forgotten if there are too many.
  [[nodiscard]] Shared& shared_of(const domain::Environment& environment);
  [[nodiscard]] application::WarmingState state_of(const Shared& shared) const;
  [[nodiscard]] bool holds(const Shared& shared, const std::string& token) const;

  const application::Clock& clock_;
  std::map<domain::Environment, Shared> environments_;
};

}  // namespace hearth::adapters::memory
