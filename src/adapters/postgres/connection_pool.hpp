#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/connection_options.hpp"
#include "adapters/postgres/postgres_settings.hpp"
#include "application/backoff.hpp"
#include "application/deadline.hpp"
#include "application/task.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::postgres {

/// At most `settings.connections` connections, opened when needed, lent to one call at a time in
/// the order of asking. After a connection could not be made, calls fail at once with the same
/// error until the back-off allows the next try.
///
/// Threading: belongs to the thread of its executor. Made by std::make_shared.
class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
 public:
  static constexpr std::size_t most_waiting = 1024;

  ConnectionPool(application::Executor executor, PostgresSettings settings);

  /// A connection on loan; comes back when this goes, unless it is broken.
  class Lease {
   public:
    Lease(std::shared_ptr<ConnectionPool> pool, std::unique_ptr<Connection> connection);
    Lease(Lease&& other) noexcept = default;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    Connection* operator->() const noexcept { return connection_.get(); }

    /// Throws the connection away, and with it a transaction that is under way.
    void discard() noexcept { connection_.reset(); }

    void replace(std::unique_ptr<Connection> connection) noexcept {
      connection_ = std::move(connection);
    }

   private:
    std::shared_ptr<ConnectionPool> pool_;  // null: moved from
    std::unique_ptr<Connection> connection_;
  };

  /// `unavailable`: no connection can be made, or too many calls wait for one; `misconfigured`: so
  /// are URL, login or database; `deadline_exceeded`: none became free in time.
  [[nodiscard]] application::Task<domain::Result<Lease>> acquire(application::Deadline deadline);

  /// Throws away the connections that are idle: where one was found dead, others may be as well
  /// without showing it yet.
  void drop_idle() noexcept;

 private:
  struct Waiter;

  /// A turn is the right to one of the connections, and the connection itself if one was idle.
  [[nodiscard]] application::Task<domain::Result<std::unique_ptr<Connection>>> take_turn(
      application::Deadline deadline);
  [[nodiscard]] application::Task<domain::Result<std::unique_ptr<Connection>>> wait_for_turn(
      application::Deadline deadline);
  [[nodiscard]] application::Task<domain::Result<std::unique_ptr<Connection>>> connect(
      application::Deadline deadline);
  void give_back(std::unique_ptr<Connection> connection);
  void remember_failure(const domain::Error& error, std::chrono::steady_clock::time_point started);

  application::Executor executor_;
  PostgresSettings settings_;
  domain::Result<ConnectionOptions> options_;
  std::vector<std::unique_ptr<Connection>> idle_;  // the latest used at the end
  std::size_t lent_or_idle_ = 0;                   // connections that exist or are being made
  std::deque<Waiter*> waiting_;                    // each lives in the frame of its wait_for_turn
  application::Backoff backoff_{{}};
  std::mt19937_64 random_{std::random_device{}()};
  struct ConnectFailure {
    domain::Error error;
    std::chrono::steady_clock::time_point failed_at;
    std::chrono::steady_clock::time_point retry_at;
  };
  std::optional<ConnectFailure> last_failure_;
};

}  // namespace hearth::adapters::postgres
