#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "domain/names.hpp"

namespace hearth::application {

/// Decides which misses travel together to the database, like a group commit: while queries are
/// under way, further misses collect, and go together in the next one. A miss joins only a query
/// that has not been sent yet, so nobody gets a value from before his read began (the coherence
/// protocol's rule 5); and however many misses there are, few queries are under way.
///
/// Only decides: the owner runs the queries. `Waiter` is whatever the owner wakes.
/// Threading: one owner.
template <class Key, class Waiter>
class GroupedMisses {
 public:
  struct Limits {
    std::size_t most_under_way = 2;
    std::size_t most_keys = 500;        ///< a group
    std::size_t most_waiting = 50'000;  ///< waiters that are not under way yet
    std::size_t most_groups = 64;       ///< that are not under way yet
  };

  /// One query to send: the waiters of each key.
  struct Group {
    domain::Environment environment;
    std::map<Key, std::vector<Waiter>> waiters;
  };

  explicit GroupedMisses(Limits limits) : limits_(limits) {}

  /// True if there is room for one more waiter.
  [[nodiscard]] bool has_room() const noexcept {
    return waiting_ < limits_.most_waiting && groups_.size() < limits_.most_groups;
  }

  /// Adds a waiter to the group that will be sent next and has room for its key.
  void join(const domain::Environment& environment, const Key& key, Waiter waiter) {
    ++waiting_;
    for (auto& group : groups_) {
      if (group.environment != environment) continue;
      const auto place = group.waiters.find(key);
      if (place != group.waiters.end()) {
        place->second.push_back(std::move(waiter));
        return;
      }
      if (group.waiters.size() < limits_.most_keys) {
        group.waiters[key].push_back(std::move(waiter));
        return;
      }
    }
    groups_.push_back(Group{environment, {}});
    groups_.back().waiters[key].push_back(std::move(waiter));
  }

  /// The next group to send now, if there is one and not too many are under way. From here on
  /// nobody joins it. The owner says `finished` when its query has ended.
  [[nodiscard]] std::optional<Group> take() {
    if (groups_.empty() || under_way_ >= limits_.most_under_way) return std::nullopt;
    Group group = std::move(groups_.front());
    groups_.pop_front();
    for (const auto& [key, waiters] : group.waiters) waiting_ -= waiters.size();
    ++under_way_;
    return group;
  }

  void finished() noexcept { --under_way_; }

 private:
  Limits limits_;
  std::deque<Group> groups_;
  std::size_t waiting_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace hearth::application
