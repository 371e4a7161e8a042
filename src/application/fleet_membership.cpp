#include "application/fleet_membership.hpp"

#include <boost/asio/detached.hpp>

#include <random>
#include <utility>

namespace hearth::application {

using domain::Environment;

FleetMembership::FleetMembership(Executor executor, Fleet& fleet, FleetView& view,
                                 EpochRestorer& restorer, const Clock& clock, Settings settings,
                                 Restored restored)
    : executor_(executor),
      fleet_(fleet),
      view_(view),
      restorer_(restorer),
      clock_(clock),
      settings_(settings),
      keeps_copies_(settings.keeps_copies),
      restored_(std::move(restored)) {}

Task<void> FleetMembership::run() {
  Timer timer(executor_);
  Backoff eager(settings_.eager);
  std::mt19937_64 random{std::random_device{}()};
  while (true) {
    bool all_trusted = true;
    for (auto& environment : view_.environments()) {
      all_trusted = co_await beat(std::move(environment)) && all_trusted;
    }
    if (all_trusted) eager.reset();
    timer.expires_after(all_trusted ? settings_.interval : eager.next(random()));
    co_await timer.async_wait(use_task);
  }
}

Task<bool> FleetMembership::beat(Environment environment) {
  const auto sent = clock_.since_boot();
  const auto heartbeat = co_await fleet_.beat(environment, settings_.lease, keeps_copies_,
                                              deadline_in(settings_.beat_timeout));
  if (!heartbeat) co_return false;
  auto& lease = view_.lease(environment);
  auto& history = history_[environment];
  history.near_until = lease.near_until();
  auto decision = decide_heartbeat(*heartbeat, history, sent, clock_.since_boot(), settings_.lease,
                                   settings_.compares_servers);

  // The order matters: threads that see a prolonged lease must see its session too.
  lease.set_epoch(decision.epoch);
  if (decision.new_session) lease.begin_session();
  if (decision.shared_until) lease.prolong_shared(*decision.shared_until);
  if (decision.near_until && keeps_copies_) lease.prolong_near(*decision.near_until);
  if (decision.epoch) history.epoch = std::move(decision.epoch);
  if (heartbeat->subscription != 0) history.subscription = heartbeat->subscription;

  if (decision.needs_restoration && restoring_.insert(environment).second) {
    boost::asio::co_spawn(executor_, restore(environment, *heartbeat), boost::asio::detached);
  }
  co_return decision.shared_until.has_value();
}

Task<void> FleetMembership::restore(Environment environment, Heartbeat found) {
  bool restored = false;
  try {
    restored = co_await restorer_.restore(environment, std::move(found));
  } catch (const std::exception&) {
    // Such as running out of memory: the next heartbeat shows the need again.
    restored = false;
  }
  restoring_.erase(environment);
  if (!restored) co_return;
  const bool trusted = co_await beat(environment);
  if (trusted) restored_(environment);
}

void FleetMembership::stop_keeping_copies() {
  keeps_copies_ = false;
  for (const auto& environment : view_.environments()) {
    view_.lease(environment).prolong_near(Lease::Time(0));
  }
}

Task<bool> FleetMembership::wait_until_trusted(Environment environment, Deadline deadline) {
  Timer timer(executor_);
  Backoff eager(settings_.eager);
  std::mt19937_64 random{std::random_device{}()};
  while (!view_.lease(environment).epoch()) {
    if (std::chrono::steady_clock::now() >= deadline) co_return false;
    timer.expires_after(eager.next(random()));
    co_await timer.async_wait(use_task);
  }
  co_return true;
}

}  // namespace hearth::application
