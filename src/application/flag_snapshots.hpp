#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "application/fleet_view.hpp"
#include "domain/flag.hpp"

namespace hearth::application {

/// All live flags of an environment in the order of their keys, as they were at one moment.
struct FlagSnapshot {
  std::vector<domain::Flag> flags;
  /// The same in every process for the same flags in the same versions, and another for others
  /// (64 bits of SHA-256 over keys and versions).
  std::uint64_t fingerprint = 0;
};

/// Readers share one; it never changes.
using AllFlags = std::shared_ptr<const FlagSnapshot>;

/// The snapshot of these flags, which are in the order of their keys.
[[nodiscard]] AllFlags snapshot_of(std::vector<domain::Flag> flags);

/// One thread's own snapshots of environments, under the same rule as NearCache
/// (docs/coherence/README.md, rule 6): one may be served while the lease holds, no change of the
/// environment has been heard of since it was read, and its own time has not passed. One that may
/// not be served any more stays as the last known one.
///
/// Bound: `most_environments`; who has not been asked for longest goes. Threading: one thread.
class FlagSnapshots {
 public:
  using Time = Lease::Time;

  struct Settings {
    std::chrono::milliseconds ttl{5'000};  ///< 0: none are kept
    std::size_t most_environments = 4;     ///< at least 1
  };

  FlagSnapshots(FleetView& view, Settings settings) : view_(view), settings_(settings) {}

  /// The snapshot that may be served at `now` (Clock::since_boot); null if there is none.
  [[nodiscard]] AllFlags find(const domain::Environment& environment, Time now);

  /// The last known one, however old; null if there is none.
  [[nodiscard]] AllFlags last_known(const domain::Environment& environment);

  /// The stamp to take before the flags are read.
  [[nodiscard]] CopyStamp stamp(const domain::Environment& environment) {
    return view_.lease(environment).stamp_of_all();
  }

  /// Keeps what was read at `now` or later with the stamp taken before.
  void put(const domain::Environment& environment, AllFlags flags, CopyStamp stamp, Time now);

 private:
  struct Copy {
    domain::Environment environment;
    AllFlags flags;
    CopyStamp stamp;
    Time expires{};
  };

  /// Moves it to the front; null if there is none.
  [[nodiscard]] Copy* look_up(const domain::Environment& environment);

  FleetView& view_;
  const Settings settings_;
  std::list<Copy> copies_;  ///< the one asked for last is the first
};

}  // namespace hearth::application
