#include "application/change_announcer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hearth::application {

struct ChangeAnnouncer::Waiting {
  Timer timer;
};

ChangeAnnouncer::ChangeAnnouncer(Executor executor, CacheAdapter& cache, Fleet* fleet,
                                 FleetView& view, Settings settings)
    : executor_(executor), cache_(cache), fleet_(fleet), view_(view), settings_(settings) {}

void ChangeAnnouncer::note_changes(const domain::Environment& environment,
                                   const std::vector<CacheEntry>& entries) {
  auto& lease = view_.lease(environment);
  for (const auto& entry : entries) lease.note_change(domain::key_of(entry.state));
}

Task<ChangeAnnouncer::Written> ChangeAnnouncer::write(domain::Environment environment,
                                                      std::vector<CacheEntry> entries,
                                                      CacheSnapshot snapshot) {
  Written written;
  if (fleet_ == nullptr) {
    written.report = co_await cache_.set_many(environment, entries, snapshot,
                                              deadline_in(settings_.write_timeout));
    written.announced = true;
    note_changes(environment, entries);
    co_return written;
  }
  written.report.outcomes.assign(entries.size(), WriteOutcome::failed);
  written.announced = true;
  for (std::size_t begin = 0; begin < entries.size() && written.announced;
       begin += most_entries_announced) {
    const auto end = std::min(entries.size(), begin + most_entries_announced);
    const auto at = [](auto& items, std::size_t place) {
      return items.begin() + static_cast<std::ptrdiff_t>(place);
    };
    std::vector<CacheEntry> some(std::make_move_iterator(at(entries, begin)),
                                 std::make_move_iterator(at(entries, end)));
    auto one = co_await write_some(environment, std::move(some), snapshot);
    std::ranges::copy(one.report.outcomes, at(written.report.outcomes, begin));
    if (one.report.error) written.report.error = std::move(one.report.error);
    written.announced = one.announced;
  }
  co_return written;
}

Task<ChangeAnnouncer::Written> ChangeAnnouncer::write_some(domain::Environment environment,
                                                           std::vector<CacheEntry> entries,
                                                           CacheSnapshot snapshot) {
  const auto number = ++last_number_;
  confirmations_.open(number);
  auto answer = co_await fleet_->write_and_announce(environment, entries, snapshot, number,
                                                    deadline_in(settings_.write_timeout));
  // Only now: before the write, a fill could have read the old value again.
  note_changes(environment, entries);
  Written written;
  if (answer) {
    written.report = std::move(answer->report);
    written.announced = co_await wait_for_members(number, std::move(answer->announcement),
                                                  std::move(snapshot.epoch));
  } else {
    written.report.outcomes.assign(entries.size(), WriteOutcome::failed);
    written.report.error = std::move(answer.error());
  }
  confirmations_.close(number);
  co_return written;
}

Task<bool> ChangeAnnouncer::wait_for_members(std::uint64_t number, Announcement announced,
                                             std::string epoch) {
  // Under another epoch, what was written may be gone, and the next epoch may hold anything.
  if (announced.epoch != epoch) co_return false;
  if (!settings_.waits_for_confirmations) co_return true;
  confirmations_.expect(number, announced.members);
  // Who held a lease when the epoch before ended is not among the members of this one, but has none
  // any more when this one is a lease old.
  const std::chrono::milliseconds none{0};
  co_await wait(number, std::clamp(settings_.lease - announced.epoch_age, none, settings_.lease));
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
  auto& lease = view_.lease(environment);
  std::vector<ChangedFlagKey> changes;
  changes.reserve(states.size());
  for (const auto& state : states) {
    lease.note_change(domain::key_of(state));
    changes.push_back({domain::key_of(state), domain::version_of(state)});
  }
  if (fleet_ == nullptr) co_return;
  // Whoever does not hear of it has no lease, or loses it with the connection.
  (void)co_await fleet_->announce(std::move(environment), std::move(changes), 0,
                                  deadline_in(settings_.write_timeout));
}

}  // namespace hearth::application
