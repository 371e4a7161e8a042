#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "application/cache_lifetimes.hpp"
#include "application/change_announcer.hpp"
#include "application/ports/cache_adapter.hpp"
#include "application/ports/flag_repository.hpp"
#include "application/ports/telemetry.hpp"
#include "application/task.hpp"

namespace hearth::application {

/// A committed change and whether it is in force everywhere yet.
struct CommittedChange {
  domain::FlagState state;
  bool in_force = false;
};

/// Has committed changes written into the cache and announced to the other processes, and goes on
/// trying where the cache cannot be reached, until it can or the old entry's TTL has passed.
///
/// Threading: its own executor.
class ChangeWriter {
 public:
  struct Settings {
    CacheLifetimes lifetimes;
    std::chrono::milliseconds query_timeout{2000};
    std::size_t most_unsettled = 100'000;
    /// For how long a change in doubt may still happen: the server goes on with a statement whose
    /// sender is gone, until its own statement timeout.
    std::chrono::milliseconds doubt_lasts{10'000};
  };

  ChangeWriter(Executor executor, FlagRepository& repository, CacheAdapter& cache,
               ChangeAnnouncer& announcer, Telemetry& telemetry, Settings settings);

  /// Runs `change` (which has not begun: tasks are lazy) and writes what it committed. A change in
  /// doubt is looked up and brought into the cache in the background. Errors are the change's own:
  /// a cache that cannot be written is no error, but `in_force` is false.
  [[nodiscard]] Task<domain::Result<CommittedChange>> commit(
      domain::Environment environment, domain::FlagKey key,
      Task<domain::Result<domain::FlagState>> change);

  /// As `commit`, for flags that one transaction has changed. `snapshot` was taken before.
  /// Returns whether all of them are in force.
  [[nodiscard]] Task<bool> write(domain::Environment environment,
                                 std::vector<domain::FlagState> states,
                                 domain::Result<CacheSnapshot> snapshot);

  /// Looks these flags up soon and brings what the database says of them into the cache: for a
  /// transaction whose outcome is in doubt.
  void look_again(const domain::Environment& environment, const std::vector<domain::FlagKey>& keys);

  /// The snapshot to take before a transaction whose changes `write` is given.
  [[nodiscard]] domain::Result<CacheSnapshot> snapshot(const domain::Environment& environment);

  /// Changes that are committed and wait for the cache.
  [[nodiscard]] std::size_t unsettled() const noexcept { return unsettled_.size(); }

  /// One try to settle what waits: reads the flags anew and writes them.
  [[nodiscard]] Task<void> settle();

 private:
  using FlagName = std::pair<domain::Environment, domain::FlagKey>;
  using Time = std::chrono::steady_clock::time_point;

  /// A flag whose last change is not known to be in the cache.
  struct Unsettled {
    Time expires;                 ///< when the cache's old entry will be gone by itself
    Time may_change_until;        ///< before this, a look at the database proves nothing
    domain::Version version = 0;  ///< that the cache needs, or a greater one
    std::uint64_t sequence = 0;   ///< looks that began before this one prove nothing either
  };

  void remember(const domain::Environment& environment, const domain::FlagKey& key,
                domain::Version version, std::chrono::milliseconds may_change_for);
  void settle_soon();
  Task<void> keep_settling();
  /// For each state, whether the cache now holds it or a newer one, and no process has an older
  /// one left.
  Task<std::vector<bool>> put(domain::Environment environment,
                              std::vector<domain::FlagState> states, CacheSnapshot snapshot);
  /// Some flags of one environment, going round: what cannot be settled yet must not keep the rest
  /// from it.
  std::pair<domain::Environment, std::vector<domain::FlagKey>> next_unsettled();

  Executor executor_;
  FlagRepository& repository_;
  CacheAdapter& cache_;
  ChangeAnnouncer& announcer_;
  Telemetry& telemetry_;
  const Settings settings_;
  std::map<FlagName, Unsettled> unsettled_;
  std::uint64_t sequence_ = 0;
  std::optional<FlagName> last_tried_;
  bool settling_ = false;
};

}  // namespace hearth::application
