#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace hearth::application {

/// Who still has to confirm which announcement. Threading: one owner. No clock: whoever waits
/// knows how long.
class Confirmations {
 public:
  /// Announcement `number` is about to be published: from now on confirmations count, because
  /// they may overtake the answer that says who has to confirm.
  void open(std::uint64_t number) { open_.try_emplace(number); }

  /// It has been published, and these members have to confirm it.
  void expect(std::uint64_t number, const std::vector<std::string>& members) {
    auto& announcement = open_[number];
    announcement.is_published = true;
    for (const auto& member : members) {
      if (!announcement.confirmed.contains(member)) announcement.awaited.insert(member);
    }
  }

  /// `member` has confirmed. True: nobody else is awaited any more.
  bool confirm(std::uint64_t number, const std::string& member) {
    const auto found = open_.find(number);
    if (found == open_.end()) return false;
    found->second.confirmed.insert(member);
    found->second.awaited.erase(member);
    return is_complete(number);
  }

  /// It has been published, and everybody who had to has confirmed.
  [[nodiscard]] bool is_complete(std::uint64_t number) const {
    const auto found = open_.find(number);
    return found != open_.end() && found->second.is_published && found->second.awaited.empty();
  }

  /// Nobody waits for it any more.
  void close(std::uint64_t number) { open_.erase(number); }

 private:
  struct Announcement {
    bool is_published = false;
    std::set<std::string> awaited;
    std::set<std::string> confirmed;
  };
  std::map<std::uint64_t, Announcement> open_;
};

}  // namespace hearth::application
