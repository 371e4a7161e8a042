#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "application/cache_lifetimes.hpp"
#include "application/change_cursor.hpp"
#include "application/ports/cache_adapter.hpp"
#include "application/ports/change_signal.hpp"
#include "application/ports/clock.hpp"
#include "application/ports/flag_repository.hpp"
#include "application/ports/fleet.hpp"
#include "application/ports/telemetry.hpp"
#include "application/sweep_cursor.hpp"
#include "application/task.hpp"

namespace hearth::application {

/// Follows what changes in the database and brings into the cache what the cache lacks, whoever
/// made the change: the coherence protocol's rule 8. Makes good a process that died between its
/// commit and its write to the cache, a writer that cannot reach the cache, and changes made by
/// hand in SQL.
///
/// Two ways lead to the cache. The follower reads every change once and pushes it unless the cache
/// holds that version or a newer one; what the cache does not hold at all is pushed too, because a
/// lazy fill that read the old value may be under way, and only a newer version stops it. The sweep
/// compares everything now and then and pushes where the cache holds an older version; what the
/// cache does not hold, it leaves alone.
///
/// Where it begins: the follower at the greatest version that is there when it first reaches the
/// database, and the sweep at once. So a change whose writer died before this process started (or
/// the whole fleet with it) is found if its old value is in the cache. If it is not, a fill that
/// read the old value may still bring it back, as long as a snapshot may be old: so what changed
/// within `recent` before the start is swept every `recent_interval` for that long. No push of the
/// past is needed, and a start fills no cache with what nobody asks for.
///
/// Every process runs one. They do not write a hundred times: each looks at the cache first, and
/// waits a moment after a hint, so that the writer of the change, or the first of them, is done.
/// Nor do they read everything a hundred times: they follow alike, but take turns in sweeping.
///
/// Threading: its own executor. All calls have deadlines; what could not be pushed is kept by name
/// and read anew for the next try.
class Reconciler {
 public:
  struct Settings {
    CacheLifetimes lifetimes;
    std::chrono::milliseconds interval{1'000};  ///< between rounds, without a hint; jittered
    /// From a hint to its round, jittered from half of it: also the least time between rounds.
    std::chrono::milliseconds hint_delay{100};
    ChangeCursor::Settings follow;
    SweepCursor::Settings sweep;  ///< its interval is jittered, once for each process
    /// What changed this long before the start is swept again and again for as long: as old as a
    /// snapshot may be, and the overlap.
    std::chrono::milliseconds recent{40'000};
    std::chrono::milliseconds recent_interval{4'000};  ///< between those sweeps; jittered
    /// For how long one process has the turn at a sweep while it reads the next page. After the
    /// last one nobody else begins for a third of the interval. So no more than one and a third
    /// intervals lie between two sweeps of a fleet, however many processes it has.
    std::chrono::milliseconds turn{10'000};
    std::chrono::milliseconds query_timeout{2'000};
    std::chrono::milliseconds cache_timeout{500};
    /// Flags that wait to be pushed. What is beyond it is left to a sweep, which begins when the
    /// others have been pushed.
    std::size_t most_kept = 10'000;
  };

  /// Called with what this process has just written into the cache. Must not throw.
  using Announce = std::function<Task<void>(domain::Environment, std::vector<domain::FlagState>)>;

  struct Parts {
    FlagRepository& repository;
    CacheAdapter& cache;
    ChangeSignal& signal;
    const Clock& clock;
    Telemetry& telemetry;
    Announce announce;
    Fleet* fleet;                     ///< null: this process is alone
    domain::Environment environment;  ///< in which the fleet takes turns
  };

  Reconciler(Executor executor, Parts parts, Settings settings);

  /// Never ends: rounds, for as long as the executor runs.
  [[nodiscard]] Task<void> run();

  /// One round: what has changed, a page of the sweep if one is due, and what waits to be pushed.
  [[nodiscard]] Task<void> run_round();

  /// Flags that are known to be behind in the cache and could not be pushed yet.
  [[nodiscard]] std::size_t kept() const noexcept { return behind_.size(); }

 private:
  using FlagName = std::pair<domain::Environment, domain::FlagKey>;
  using Done = domain::Result<void>;

  /// Whether a flag that the cache does not hold is behind: for the follower it is.
  enum class Purpose { follow, sweep };

  [[nodiscard]] Task<Done> follow();
  [[nodiscard]] Task<Done> begin_following();
  /// One of the sweeps, and what the turn at it is called.
  struct Sweep {
    SweepCursor cursor;
    std::string work;
    std::chrono::milliseconds rest;  ///< for so long nobody else begins when it is over
  };
  [[nodiscard]] Task<Done> sweep(Sweep& sweep);
  /// Begins that sweep if nobody else sweeps. False: it is another's turn.
  [[nodiscard]] Task<domain::Result<bool>> take_turn(Sweep& sweep);
  [[nodiscard]] Task<void> keep_turn(const Sweep& sweep);
  [[nodiscard]] std::vector<Sweep*> sweeps();
  [[nodiscard]] Task<Done> push();
  [[nodiscard]] Task<Done> push_some(domain::Environment environment,
                                     std::vector<domain::FlagKey> keys);
  /// Adds to behind_ what the cache does not hold in this version or a newer one.
  [[nodiscard]] Task<Done> compare(std::vector<ChangedState> changes, Purpose purpose);
  void keep(FlagName name);
  [[nodiscard]] Task<Done> round_parts();
  [[nodiscard]] Task<void> wait_for_next_round();
  /// From half of it to the whole.
  [[nodiscard]] std::chrono::milliseconds jittered(std::chrono::milliseconds most);
  /// An interval of this process's own, so that processes which started together do not go on
  /// sweeping together.
  [[nodiscard]] SweepCursor::Settings out_of_step(SweepCursor::Settings sweep);
  void note(const Done& outcome);
  [[nodiscard]] Deadline query_deadline() const { return deadline_in(settings_.query_timeout); }
  [[nodiscard]] Deadline cache_deadline() const { return deadline_in(settings_.cache_timeout); }

  Executor executor_;
  const Parts parts_;
  const Settings settings_;
  std::mt19937_64 random_{std::random_device{}()};  // before sweep_, which takes from it
  std::optional<ChangeCursor> cursor_;              ///< nothing until the database has been reached
  Sweep sweep_;
  std::optional<Sweep> recent_;  ///< of what changed shortly before the start
  ChangeCursor::Time recent_until_{};
  std::set<FlagName> behind_;
  bool left_to_the_sweep_ = false;  ///< something was neither handled nor kept
  std::size_t failures_in_a_row_ = 0;
};

}  // namespace hearth::application
