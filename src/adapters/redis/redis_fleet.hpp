#pragma once

#include <set>
#include <string>

#include "adapters/redis/connection.hpp"
#include "application/ports/clock.hpp"
#include "application/ports/fleet.hpp"

namespace hearth::adapters::redis {

/// The fleet as it meets in Redis: one connection for commands, and one that listens.
///
/// In `feature_flags_fleet:ENVIRONMENT:epoch`, a hash: the epoch (`RUN-ID RANDOM TIME-IN-MS`, or a
/// claim, `restoring RANDOM TIME-IN-MS`) and the members. Changes are published on
/// `feature_flags:ENVIRONMENT:changes`: a line `WRITER NUMBER`, then a line `KEY VERSION` for each
/// flag. Who hears one confirms it with `NUMBER MEMBER` on
/// `feature_flags_fleet:confirmations:WRITER`; a number of 0 wants no confirmation. Who has the
/// turn at WORK is in `feature_flags_fleet:ENVIRONMENT:turn:WORK`, with its life as PX.
class RedisFleet final : public application::Fleet {
 public:
  /// Begins to connect at once, in the background.
  RedisFleet(application::Executor executor, Endpoint endpoint, ConnectionSettings settings,
             const application::Clock& clock);
  ~RedisFleet() override;

  void listen(application::FleetListener listener) override;

  application::Task<domain::Result<application::Heartbeat>> beat(
      domain::Environment environment, std::chrono::milliseconds lease, bool keeps_copies,
      application::Deadline deadline) override;

  application::Task<domain::Result<application::Announcement>> announce(
      domain::Environment environment, std::vector<application::ChangedFlagKey> changes,
      std::uint64_t number, application::Deadline deadline) override;

  application::Task<domain::Result<application::AnnouncedWrite>> write_and_announce(
      domain::Environment environment, std::vector<application::CacheEntry> entries,
      application::CacheSnapshot snapshot, std::uint64_t number,
      application::Deadline deadline) override;

  application::Task<domain::Result<std::optional<std::string>>> claim_restoration(
      domain::Environment environment, application::Heartbeat found, std::chrono::milliseconds span,
      application::Deadline deadline) override;

  application::Task<domain::Result<bool>> begin_epoch(domain::Environment environment,
                                                      std::string server, std::string claim,
                                                      application::Deadline deadline) override;

  application::Task<domain::Result<application::EntryPage>> list_entries(
      domain::Environment environment, std::string from, application::Deadline deadline) override;

  application::Task<domain::Result<bool>> take_turn(domain::Environment environment,
                                                    std::string work,
                                                    std::chrono::milliseconds life,
                                                    application::Deadline deadline) override;

  application::Task<domain::Result<void>> keep_turn(domain::Environment environment,
                                                    std::string work,
                                                    std::chrono::milliseconds life,
                                                    application::Deadline deadline) override;

  application::Task<void> leave(application::Deadline deadline) override;

  /// As Connection::renew, of both connections.
  void renew_connections() {
    commands_.renew();
    subscription_.renew();
  }

  /// This process's name among the members: random.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }

 private:
  void hear(std::string_view channel, std::string_view message);
  void hear_changes(const domain::Environment& environment, std::string_view message);
  application::Task<void> confirm(std::string writer, std::string number);
  application::Task<std::uint64_t> ask_subscription(domain::Environment environment,
                                                    application::Deadline deadline);
  application::Task<domain::Result<Reply>> call(Commands commands, application::Deadline deadline);

  /// The script that announces these changes.
  [[nodiscard]] Commands announcement(const domain::Environment& environment,
                                      const std::vector<application::ChangedFlagKey>& changes,
                                      std::uint64_t number) const;
  /// What that script answered.
  [[nodiscard]] domain::Result<application::Announcement> announced(Reply reply) const;

  application::Executor executor_;
  const application::Clock& clock_;
  const std::string id_;
  const std::string confirmations_channel_;
  application::FleetListener listener_;
  std::set<domain::Environment> subscribed_;
  bool is_member_ = false;  ///< registered, so that writers wait for this process
  Connection commands_;
  Connection subscription_;
};

}  // namespace hearth::adapters::redis
