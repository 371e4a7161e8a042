#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <vector>

#include "application/lease.hpp"
#include "domain/names.hpp"

namespace hearth::application {

/// What this process knows of the fleets that it belongs to: a lease for each environment that it
/// serves. The own environment is there from the start; another one joins when it is first asked
/// for, up to a limit.
///
/// Threading: any thread; the leases as Lease says.
class FleetView {
 public:
  /// `proven`: a lease is worth what heartbeats make of it. `unconditional`: for a cache that no
  /// other process writes to and that remembers exactly as long as this process does.
  enum class Trust { proven, unconditional };

  static constexpr std::size_t most_environments = 32;

  FleetView(domain::Environment own, Trust trust);

  /// The lease of that environment. Beyond `most_environments` of them, one that never holds:
  /// such reads go to the database.
  [[nodiscard]] Lease& lease(const domain::Environment& environment);

  [[nodiscard]] Trust trust() const noexcept { return trust_; }

  /// Those that have a lease.
  [[nodiscard]] std::vector<domain::Environment> environments() const;

 private:
  void prepare(Lease& lease) const;

  const domain::Environment own_;
  const Trust trust_;
  Lease own_lease_;
  Lease never_;
  mutable std::shared_mutex mutex_;
  std::map<domain::Environment, std::unique_ptr<Lease>> others_;  // guarded by mutex_
};

}  // namespace hearth::application
