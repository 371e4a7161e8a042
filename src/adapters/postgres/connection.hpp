#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include "adapters/postgres/connection_options.hpp"
#include "adapters/postgres/error_mapping.hpp"
#include "adapters/postgres/login_circuit.hpp"
#include "adapters/postgres/query_result.hpp"
#include "adapters/postgres/statements.hpp"
#include "adapters/postgres/wire_format.hpp"
#include "application/deadline.hpp"
#include "application/task.hpp"

struct pg_conn;  // libpq's, which stays inside the sources of this folder

namespace hearth::adapters::postgres {

using StatementResult = std::expected<QueryResult, StatementFailure>;

/// Takes one result of a statement; false: no more for now.
using ResultTaker = std::function<bool(QueryResult)>;

/// Why there is no session: in words, and as LoginCircuit judges it.
struct LoginFailure {
  domain::Error error;
  LoginFailureKind kind = LoginFailureKind::refused;
};

/// What ended a wait for notifications.
enum class Notification { received, none_in_time, connection_lost };

/// One session with the server, one statement at a time. libpq speaks the protocol, Asio waits.
///
/// Threading: belongs to the thread of its executor. Not destroyed while a call is under way,
/// unless the coroutine that waits for it is destroyed with it.
class Connection {
 public:
  using Opened = std::expected<std::unique_ptr<Connection>, LoginFailure>;

  /// Connects and logs in. `misconfigured` or `unavailable` as translate_connect_failure says;
  /// `unavailable` also after `deadline`.
  [[nodiscard]] static application::Task<Opened> open(application::Executor executor,
                                                      ConnectionOptions options,
                                                      application::Deadline deadline);

  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Prepares the statement if this session has not yet, and executes it. `parameters` belongs
  /// to the caller's frame, which waits. A failure whose aftermath is `lost` makes the connection
  /// broken.
  [[nodiscard]] application::Task<StatementResult> run(Statement statement,
                                                       const Parameters& parameters, Effect effect,
                                                       application::Deadline deadline);

  /// As `run`, for a statement that reads and whose rows come one by one (libpq's single-row mode),
  /// by `read_rows`. Until they have been read to the end the connection is of no other use: it is
  /// broken if it is left before.
  [[nodiscard]] application::Task<std::optional<StatementFailure>> begin_rows(
      Statement statement, const Parameters& parameters, application::Deadline deadline);

  /// Gives `take` one result of one row after the other, until it says no or there are no more, and
  /// then at last an empty one. True: there may be more. What is not read waits at the server: so
  /// much as the sockets between hold. `take` belongs to the caller's frame, which waits.
  [[nodiscard]] application::Task<std::expected<bool, StatementFailure>> read_rows(
      const ResultTaker& take, application::Deadline deadline);

  /// A command without parameters, such as BEGIN. As `run`.
  [[nodiscard]] application::Task<StatementResult> command(const char* sql, Effect effect,
                                                           application::Deadline deadline);

  /// Waits, on a session that has begun to LISTEN and runs no statement meanwhile, until the server
  /// has sent one notification or more, which are taken without a look at what they say.
  [[nodiscard]] application::Task<Notification> wait_for_notification(
      application::Deadline deadline);

  /// To be thrown away.
  [[nodiscard]] bool broken() const noexcept { return broken_ || has_rows_left_; }

  /// Whether an idle connection can still be used, as far as the kernel knows: no round trip.
  [[nodiscard]] bool alive();

 private:
  struct Wakeup;
  class WhileWatched;

  Connection(application::Executor executor, pg_conn* connection);

  [[nodiscard]] application::Task<std::optional<LoginFailure>> log_in();
  [[nodiscard]] application::Task<std::optional<StatementFailure>> send(
      Statement statement, const Parameters& parameters, Effect effect);
  [[nodiscard]] application::Task<std::optional<StatementFailure>> flush(Effect effect);
  [[nodiscard]] application::Task<StatementResult> finish(Effect effect);
  [[nodiscard]] application::Task<std::expected<bool, StatementFailure>> read_results(
      Effect effect, const ResultTaker& take);
  [[nodiscard]] application::Task<bool> readable();
  [[nodiscard]] application::Task<bool> writable();
  [[nodiscard]] StatementFailure give_up(StatementFailure failure);
  [[nodiscard]] std::string_view last_message() const noexcept;

  pg_conn* connection_;
  // Shared with the timer's handler, which may still be queued when the connection goes.
  std::shared_ptr<Wakeup> wakeup_;
  std::set<std::string_view> prepared_;  // names, which are static
  bool broken_ = false;
  bool has_rows_left_ = false;
};

}  // namespace hearth::adapters::postgres
