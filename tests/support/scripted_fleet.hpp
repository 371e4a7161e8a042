#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "application/ports/fleet.hpp"

namespace hearth::test_support {

/// A fleet that answers what the test prepares, at once. Threading: one thread.
class ScriptedFleet final : public application::Fleet {
 public:
  template <class T>
  using Answer = domain::Result<T>;

  /// What heartbeats find.
  Answer<application::Heartbeat> heartbeat = application::Heartbeat{};
  /// What an announcement learns; called when it is published.
  std::function<Answer<application::Announcement>(std::uint64_t number)> on_announce =
      [](std::uint64_t) { return application::Announcement{}; };
  /// What becomes of an entry that is written and announced.
  application::WriteOutcome write_outcome = application::WriteOutcome::written;
  std::function<std::optional<std::string>(const application::Heartbeat&)> on_claim =
      [](const auto&) { return std::optional<std::string>("restoring 1"); };
  std::function<bool(const std::string& server, const std::string& claim)> on_begin_epoch =
      [](const auto&, const auto&) { return true; };
  std::vector<application::EntryPage> pages;
  /// Whether it is this process's turn at that work.
  std::function<Answer<bool>(const std::string& work)> on_take_turn = [](const auto&) {
    return true;
  };

  application::FleetListener listener;
  std::vector<std::vector<std::string>> announced;  ///< the keys of each announcement
  std::size_t beats = 0;
  bool last_beat_keeps_copies = false;
  std::vector<std::pair<std::string, std::chrono::milliseconds>> kept_turns;

  void listen(application::FleetListener told) override { listener = std::move(told); }

  application::Task<Answer<application::Heartbeat>> beat(domain::Environment,
                                                         std::chrono::milliseconds,
                                                         bool keeps_copies,
                                                         application::Deadline) override {
    ++beats;
    last_beat_keeps_copies = keeps_copies;
    co_return heartbeat;
  }

  application::Task<Answer<application::Announcement>> announce(
      domain::Environment, std::vector<application::ChangedFlagKey> changes, std::uint64_t number,
      application::Deadline) override {
    std::vector<std::string> keys;
    for (const auto& change : changes) keys.push_back(change.key.text());
    announced.push_back(std::move(keys));
    co_return on_announce(number);
  }

  application::Task<Answer<application::AnnouncedWrite>> write_and_announce(
      domain::Environment, std::vector<application::CacheEntry> entries, application::CacheSnapshot,
      std::uint64_t number, application::Deadline) override {
    std::vector<std::string> keys;
    for (const auto& entry : entries) keys.push_back(domain::key_of(entry.state).text());
    announced.push_back(std::move(keys));
    auto announcement = on_announce(number);
    if (!announcement) co_return std::unexpected(std::move(announcement.error()));
    application::AnnouncedWrite answer{{}, std::move(*announcement)};
    answer.report.outcomes.assign(entries.size(), write_outcome);
    co_return answer;
  }

  application::Task<Answer<std::optional<std::string>>> claim_restoration(
      domain::Environment, application::Heartbeat found, std::chrono::milliseconds,
      application::Deadline) override {
    co_return on_claim(found);
  }

  application::Task<Answer<bool>> begin_epoch(domain::Environment, std::string server,
                                              std::string claim, application::Deadline) override {
    co_return on_begin_epoch(server, claim);
  }

  application::Task<Answer<application::EntryPage>> list_entries(domain::Environment,
                                                                 std::string from,
                                                                 application::Deadline) override {
    const auto index = from.empty() ? std::size_t{0} : std::stoul(from);
    if (index >= pages.size()) co_return application::EntryPage{};
    co_return pages[index];
  }

  application::Task<Answer<bool>> take_turn(domain::Environment, std::string work,
                                            std::chrono::milliseconds,
                                            application::Deadline) override {
    co_return on_take_turn(work);
  }

  application::Task<Answer<void>> keep_turn(domain::Environment, std::string work,
                                            std::chrono::milliseconds life,
                                            application::Deadline) override {
    kept_turns.emplace_back(std::move(work), life);
    co_return Answer<void>{};
  }

  application::Task<void> leave(application::Deadline) override { co_return; }
};

}  // namespace hearth::test_support
