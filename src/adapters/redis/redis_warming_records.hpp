#pragma once

#include <string>

#include "adapters/redis/connection.hpp"
#include "application/ports/warming_records.hpp"

namespace hearth::adapters::redis {

/// What the fleet shares about warming, in Redis:
///
/// `feature_flags_fleet:ENVIRONMENT:warming`            the marker, JSON
/// `feature_flags_fleet:ENVIRONMENT:warming:lock`       the holder's token, with its life as PX
/// `feature_flags_fleet:ENVIRONMENT:warming:runs`       a list of records, JSON, newest first
/// `feature_flags_fleet:ENVIRONMENT:warming:refreshes`  the same of refresh runs
///
/// The small scripts are sent whole (EVAL): they are rare, and a SCRIPT FLUSH cannot hurt them. It
/// has a connection of its own, so that a large pipeline of values does not delay the lock.
class RedisWarmingRecords final : public application::WarmingRecords {
 public:
  /// Begins to connect at once, in the background.
  RedisWarmingRecords(application::Executor executor, Endpoint endpoint,
                      ConnectionSettings settings);

  /// As Connection::wait_until_connected.
  [[nodiscard]] application::Task<domain::Result<void>> wait_until_connected(
      application::Deadline deadline);

  /// As Connection::renew.
  void renew_connection() { connection_.renew(); }

  application::Task<domain::Result<application::WarmingState>> look(
      domain::Environment environment, application::Deadline deadline) override;
  application::Task<domain::Result<application::WarmingLockAttempt>> acquire(
      domain::Environment environment, application::WarmingLockRequest request,
      application::Deadline deadline) override;
  application::Task<domain::Result<bool>> extend(domain::Environment environment, std::string token,
                                                 std::chrono::milliseconds life,
                                                 application::Deadline deadline) override;
  application::Task<domain::Result<bool>> release(domain::Environment environment,
                                                  std::string token,
                                                  application::Deadline deadline) override;
  application::Task<domain::Result<bool>> finish(domain::Environment environment, std::string token,
                                                 application::WarmMarker marker,
                                                 application::Deadline deadline) override;
  application::Task<domain::Result<void>> record(application::WarmReport report,
                                                 application::Deadline deadline) override;
  application::Task<domain::Result<std::vector<application::WarmReport>>> recent(
      domain::Environment environment, application::Deadline deadline) override;

 private:
  application::Task<domain::Result<std::vector<Reply>>> send(Commands commands,
                                                             application::Deadline deadline);
  /// A script that answers 1 for "done" and 0 for "not yours".
  application::Task<domain::Result<bool>> decide(Commands script, application::Deadline deadline);

  Connection connection_;
};

}  // namespace hearth::adapters::redis
