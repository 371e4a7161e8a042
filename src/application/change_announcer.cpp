#include "application/change_announcer.hpp"

#include <algorithm>
#include <utility>

namespace hearth::application {

struct ChangeAnnouncer::Waiting {
  Timer timer;
};

ChangeAnnouncer::ChangeAnnouncer(Executor executor, Fleet* fleet, FleetView& view,
                                 Settings settings)
    : executor_(executor), fleet_(fleet), view_(view), settings_(settings) {}

std::vector<ChangedFlagKey> ChangeAnnouncer::note_changes(
    const domain::Environment& environment, const std::vector<domain::FlagState>& states) {
  auto& lease = view_.lease(environment);
  std::vector<ChangedFlagKey> changes;
  changes.reserve(states.size());
  for (const auto& state : states) {
    lease.note_change(domain::key_of(state));
    changes.push_back({domain::key_of(state), domain::version_of(state)});
  }
  return changes;
}

Task<bool> ChangeAnnouncer::announce(domain::Environment environment,
                                     std::vector<domain::FlagState> states, CacheSnapshot written) {
  // One message must not grow without limit; a large import is several of them.
  constexpr std::size_t most_changes_a_message = 1000;
  auto changes = note_changes(environment, states);
  if (fleet_ == nullptr) co_return true;
  bool in_force = true;
  for (std::size_t begin = 0; begin < changes.size() && in_force; begin += most_changes_a_message) {
    const auto end = std::min(changes.size(), begin + most_changes_a_message);
    std::vector<ChangedFlagKey> some(
        std::make_move_iterator(changes.begin() + static_cast<std::ptrdiff_t>(begin)),
        std::make_move_iterator(changes.begin() + static_cast<std::ptrdiff_t>(end)));
    const auto number = ++last_number_;
    confirmations_.open(number);
    in_force = co_await publish_and_wait(environment, std::move(some), number, written);
    confirmations_.close(number);
  }
  co_return in_force;
}

Task<bool> ChangeAnnouncer::publish_and_wait(domain::Environment environment,
                                             std::vector<ChangedFlagKey> changes,
                                             std::uint64_t number, CacheSnapshot written) {
  const auto announced = co_await fleet_->announce(std::move(environment), std::move(changes),
                                                   number, deadline_in(settings_.publish_timeout));
  // Under another epoch, what was written may be gone, and the next epoch may hold anything.
  if (!announced || announced->epoch != written.epoch) co_return false;
  if (!settings_.waits_for_confirmations) co_return true;
  confirmations_.expect(number, announced->members);
  // Who held a lease when the epoch before ended is not among the members of this one, but has none
  // any more when this one is a lease old.
  const std::chrono::milliseconds none{0};
  co_await wait(number, std::clamp(settings_.lease - announced->epoch_age, none, settings_.lease));
  co_return true;
}

Task<void> ChangeAnnouncer::wait(std::uint64_t number, std::chrono::milliseconds at_least) {
  Waiting waiting{Timer(executor_)};
  const auto lease_ends = std::chrono::steady_clock::now() + settings_.lease;
  if (at_least.count() > 0) {
    waiting.timer.expires_after(at_least);
    co_await waiting.timer.async_wait(use_task);
  }
  if (confirmations_.is_complete(number)) co_return;
  waiting.timer.expires_at(lease_ends);
  waiting_.emplace(number, &waiting);
  boost::system::error_code cancelled;
  co_await waiting.timer.async_wait(boost::asio::redirect_error(use_task, cancelled));
  waiting_.erase(number);
}

void ChangeAnnouncer::confirmed(std::uint64_t number, const std::string& member) {
  if (!confirmations_.confirm(number, member)) return;
  const auto found = waiting_.find(number);
  if (found != waiting_.end()) found->second->timer.cancel();
}

Task<void> ChangeAnnouncer::publish(domain::Environment environment,
                                    std::vector<domain::FlagState> states) {
  auto changes = note_changes(environment, states);
  if (fleet_ == nullptr) co_return;
  // Whoever does not hear of it has no lease, or loses it with the connection.
  (void)co_await fleet_->announce(std::move(environment), std::move(changes), 0,
                                  deadline_in(settings_.publish_timeout));
}

}  // namespace hearth::application
