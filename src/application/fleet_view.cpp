#include "application/fleet_view.hpp"

#include <mutex>
#include <utility>

namespace hearth::application {

FleetView::FleetView(domain::Environment own, Trust trust) : own_(std::move(own)), trust_(trust) {
  prepare(own_lease_);
}

void FleetView::prepare(Lease& lease) const {
  if (trust_ == Trust::unconditional) lease.prolong_near(Lease::Time::max());
}

Lease& FleetView::lease(const domain::Environment& environment) {
  if (environment == own_) return own_lease_;
  {
    const std::shared_lock lock(mutex_);
    const auto found = others_.find(environment);
    if (found != others_.end()) return *found->second;
    if (others_.size() + 1 >= most_environments) return never_;
  }
  const std::unique_lock lock(mutex_);
  auto& lease = others_[environment];
  if (lease == nullptr) {
    lease = std::make_unique<Lease>();
    prepare(*lease);
  }
  return *lease;
}

std::vector<domain::Environment> FleetView::environments() const {
  std::vector<domain::Environment> all{own_};
  const std::shared_lock lock(mutex_);
  for (const auto& [environment, lease] : others_) all.push_back(environment);
  return all;
}

}  // namespace hearth::application
