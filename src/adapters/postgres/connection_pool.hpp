#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/connection_options.hpp"
#include "adapters/postgres/login_circuit.hpp"
#include "adapters/postgres/postgres_settings.hpp"
#include "application/deadline.hpp"
#include "application/task.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::postgres {

/// At most `settings.connections` connections, opened when needed, lent to one call at a time in
/// the order of asking. One login at a time, which belongs to the pool and not to the call that
/// wanted it: calls wait for it or for a connection that comes back, whichever is first. (A login
/// costs both sides milliseconds of computing, for SCRAM; many at once keep everybody waiting.)
/// Only beside one that is unusually slow, as when its packets are lost, another is begun.
/// While the server counts as away (LoginCircuit), calls fail at once with the reason until the
/// back-off allows the next try.
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

   private:
    std::shared_ptr<ConnectionPool> pool_;  // null: moved from
    std::uint64_t generation_;
    std::unique_ptr<Connection> connection_;
  };

  /// `unavailable`: no connection can be made, or too many calls wait for one; `misconfigured`: so
  /// are URL, login or database; `deadline_exceeded`: all were in use until the deadline.
  [[nodiscard]] application::Task<domain::Result<Lease>> acquire(application::Deadline deadline);

  /// Throws away the connections that there are, those on loan as they come back: where one was
  /// found dead, others may be as well without showing it yet.
  void drop_present() noexcept;

 private:
  struct Waiter;

  using Lent = domain::Result<std::unique_ptr<Connection>>;

  [[nodiscard]] application::Task<Lent> take(application::Deadline deadline);
  [[nodiscard]] application::Task<Lent> wait_for_connection(application::Deadline deadline);
  void give_back(std::unique_ptr<Connection> connection);
  void hand_over(std::unique_ptr<Connection> connection);
  void log_in_soon();
  void log_in_beside();
  [[nodiscard]] application::Task<void> log_in_while_wanted();
  [[nodiscard]] application::Task<void> log_in_once();
  void note_failure(LoginFailure failure, LoginCircuit::Time began);
  [[nodiscard]] std::size_t most_connections() const noexcept;

  application::Executor executor_;
  PostgresSettings settings_;
  domain::Result<ConnectionOptions> options_;
  std::vector<std::unique_ptr<Connection>> idle_;  // the latest used at the end
  std::size_t open_ = 0;                           // connections, lent or idle
  std::deque<Waiter*> waiting_;  // each lives in the frame of its wait_for_connection
  LoginCircuit circuit_;
  std::optional<domain::Error> last_failure_;  // of the logins since the last that succeeded
  std::size_t logins_ = 0;                     // under way
  std::uint64_t generation_ = 0;               // of the connections; an older one is not lent again
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace hearth::adapters::postgres
