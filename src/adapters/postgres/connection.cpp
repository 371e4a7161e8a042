#include "adapters/postgres/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <libpq-fe.h>
#include <sys/socket.h>

#include <cerrno>

namespace hearth::adapters::postgres {

namespace asio = boost::asio;
using application::Deadline;
using application::Executor;
using application::Task;
using domain::ErrorCode;

namespace {

using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
using application::Timer;

std::string_view field(const pg_result* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

ServerError server_error(const pg_result* result) {
  auto message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = PQresultErrorMessage(result);
  return {.severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED),
          .sqlstate = field(result, PG_DIAG_SQLSTATE),
          .message = message};
}

/// libpq would print notices on standard error; hearth has nothing to say about them. (The FATAL
/// that ends an idle session comes as one, and is followed by the end of the stream.)
void ignore_notice(void*, const pg_result*) {}

LoginFailure unusable(std::string what) {
  return {{ErrorCode::unavailable, std::move(what)}, LoginFailureKind::refused};
}

}  // namespace

/// The socket as Asio waits for it, and the timer that ends the wait at the deadline.
struct Connection::Wakeup : std::enable_shared_from_this<Wakeup> {
  explicit Wakeup(const Executor& executor) : socket(executor), timer(executor) {}

  void arm(Deadline deadline) {
    expired = deadline <= std::chrono::steady_clock::now();
    timer.expires_at(deadline);
    timer.async_wait([self = shared_from_this(), armed = ++generation](const auto& error) {
      // A handler that was queued before disarm() belongs to an earlier statement.
      if (error || self->generation != armed) return;
      self->expired = true;
      boost::system::error_code ignored;
      self->socket.cancel(ignored);
    });
  }

  void disarm() {
    ++generation;
    timer.cancel();
  }

  Task<bool> wait_for(Descriptor::wait_type what) {
    if (expired) co_return false;
    co_await socket.async_wait(what, asio::as_tuple(application::use_task));
    // Other errors are for libpq to find when it reads or writes.
    co_return !expired;
  }

  Descriptor socket;
  Timer timer;
  std::uint64_t generation = 0;
  bool expired = false;
};

/// Arms the deadline for the duration of a scope.
class Connection::WhileWatched {
 public:
  WhileWatched(Wakeup& wakeup, Deadline deadline) : wakeup_(wakeup) { wakeup_.arm(deadline); }
  ~WhileWatched() { wakeup_.disarm(); }
  WhileWatched(const WhileWatched&) = delete;
  WhileWatched& operator=(const WhileWatched&) = delete;

 private:
  Wakeup& wakeup_;
};

Connection::Connection(Executor executor, pg_conn* connection)
    : connection_(connection), wakeup_(std::make_shared<Wakeup>(executor)) {}

Connection::~Connection() {
  wakeup_->disarm();
  // The socket is libpq's, and must leave the reactor before libpq closes it.
  if (wakeup_->socket.is_open()) wakeup_->socket.release();
  PQfinish(connection_);
}

std::string_view Connection::last_message() const noexcept { return PQerrorMessage(connection_); }

Task<Connection::Opened> Connection::open(Executor executor, ConnectionOptions options,
                                          Deadline deadline) {
  pg_conn* started =
      PQconnectStartParams(options.keywords().data(), options.values().data(), /*expand_dbname=*/1);
  if (started == nullptr) {
    co_return std::unexpected(unusable("There is no memory for a connection"));
  }
  std::unique_ptr<Connection> connection(new Connection(executor, started));
  const WhileWatched watched(*connection->wakeup_, deadline);
  if (auto failure = co_await connection->log_in()) {
    co_return std::unexpected(std::move(*failure));
  }
  co_return connection;
}

Task<std::optional<LoginFailure>> Connection::log_in() {
  PQsetErrorVerbosity(connection_, PQERRORS_VERBOSE);  // puts the SQLSTATE into the message
  PQsetNoticeReceiver(connection_, ignore_notice, nullptr);
  auto& socket = wakeup_->socket;
  auto next =
      PQstatus(connection_) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  bool has_answered = false;
  while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
    // Each step may close the socket and open another (with the same number, even).
    boost::system::error_code error;
    socket.assign(PQsocket(connection_), error);
    if (error) co_return unusable("PostgreSQL cannot be reached");
    const bool in_time = next == PGRES_POLLING_READING ? co_await readable() : co_await writable();
    socket.release();
    if (!in_time) {
      domain::Error late{ErrorCode::unavailable,
                         "PostgreSQL did not accept a connection in time; see that it runs and "
                         "DATABASE_URL names it"};
      co_return LoginFailure{std::move(late), LoginFailureKind::slow};
    }
    // Past CONNECTION_STARTED somebody has taken the connection, and may break it off.
    has_answered = PQstatus(connection_) != CONNECTION_STARTED;
    next = PQconnectPoll(connection_);
  }
  if (next != PGRES_POLLING_OK) {
    auto error = translate_connect_failure(last_message());
    const bool may_be_busy = has_answered && error.code == ErrorCode::unavailable;
    co_return LoginFailure{std::move(error),
                           may_be_busy ? LoginFailureKind::slow : LoginFailureKind::refused};
  }
  boost::system::error_code error;
  socket.assign(PQsocket(connection_), error);
  if (error || PQsetnonblocking(connection_, 1) != 0) {
    co_return unusable("PostgreSQL's socket cannot be used");
  }
  co_return std::nullopt;
}

Task<bool> Connection::readable() { return wakeup_->wait_for(Descriptor::wait_read); }

Task<bool> Connection::writable() { return wakeup_->wait_for(Descriptor::wait_write); }

StatementFailure Connection::give_up(StatementFailure failure) {
  if (failure.aftermath == Aftermath::lost) broken_ = true;
  return failure;
}

Task<StatementResult> Connection::run(Statement statement, const Parameters& parameters,
                                      Effect effect, Deadline deadline) {
  const WhileWatched watched(*wakeup_, deadline);
  if (auto failure = co_await send(statement, parameters, effect)) {
    co_return std::unexpected(std::move(*failure));
  }
  co_return co_await finish(effect);
}

Task<std::optional<StatementFailure>> Connection::begin_rows(Statement statement,
                                                             const Parameters& parameters,
                                                             Deadline deadline) {
  const WhileWatched watched(*wakeup_, deadline);
  if (auto failure = co_await send(statement, parameters, Effect::reads)) co_return failure;
  has_rows_left_ = true;
  // It fails only where no statement has just been sent; the rows would come as one result.
  (void)PQsetSingleRowMode(connection_);
  co_return co_await flush(Effect::reads);
}

Task<std::expected<bool, StatementFailure>> Connection::read_rows(const ResultTaker& take,
                                                                  Deadline deadline) {
  const WhileWatched watched(*wakeup_, deadline);
  // Rows that are here already would come without any wait that could notice it.
  if (wakeup_->expired) {
    co_return std::unexpected(give_up(deadline_passed(Effect::reads, /*sent=*/true)));
  }
  auto has_more = co_await read_results(Effect::reads, take);
  if (!has_more || !*has_more) has_rows_left_ = false;
  co_return has_more;
}

Task<StatementResult> Connection::command(const char* sql, Effect effect, Deadline deadline) {
  const WhileWatched watched(*wakeup_, deadline);
  if (PQsendQuery(connection_, sql) == 0) {
    co_return std::unexpected(give_up(connection_lost(last_message(), effect, /*sent=*/true)));
  }
  co_return co_await finish(effect);
}

/// Prepares the statement if this session has not yet, and begins to send its execution.
Task<std::optional<StatementFailure>> Connection::send(Statement statement,
                                                       const Parameters& parameters,
                                                       Effect effect) {
  if (!prepared_.contains(statement.name)) {
    if (PQsendPrepare(connection_, statement.name, statement.sql, 0, nullptr) == 0) {
      co_return give_up(connection_lost(last_message(), effect, /*sent=*/false));
    }
    auto prepared = co_await finish(Effect::reads);
    if (!prepared) co_return std::move(prepared.error());
    prepared_.insert(statement.name);
  }
  if (PQsendQueryPrepared(connection_, statement.name, parameters.count(), parameters.values(),
                          parameters.lengths(), parameters.formats(), /*binary=*/1) == 0) {
    co_return give_up(connection_lost(last_message(), effect, /*sent=*/true));
  }
  co_return std::nullopt;
}

Task<std::optional<StatementFailure>> Connection::flush(Effect effect) {
  // Waiting for writing alone cannot lock up: the server reads a whole statement before it answers.
  for (int left = PQflush(connection_); left != 0; left = PQflush(connection_)) {
    if (left < 0) co_return give_up(connection_lost(last_message(), effect, /*sent=*/true));
    if (!co_await writable()) co_return give_up(deadline_passed(effect, /*sent=*/true));
  }
  co_return std::nullopt;
}

Task<StatementResult> Connection::finish(Effect effect) {
  if (auto failure = co_await flush(effect)) co_return std::unexpected(std::move(*failure));
  QueryResult answer;
  const ResultTaker keep = [&answer](QueryResult result) {
    answer = std::move(result);
    return true;
  };
  auto read = co_await read_results(effect, keep);
  if (!read) co_return std::unexpected(std::move(read.error()));
  co_return answer;
}

/// Hands out the results of what was sent until `take` says no (true) or all are there (false).
Task<std::expected<bool, StatementFailure>> Connection::read_results(Effect effect,
                                                                     const ResultTaker& take) {
  std::optional<StatementFailure> failure;
  while (true) {
    while (PQisBusy(connection_) != 0) {
      if (!co_await readable()) {
        co_return std::unexpected(give_up(deadline_passed(effect, /*sent=*/true)));
      }
      if (PQconsumeInput(connection_) == 0) {
        if (!failure) failure = connection_lost(last_message(), effect, /*sent=*/true);
        co_return std::unexpected(give_up(std::move(*failure)));
      }
    }
    QueryResult result(PQgetResult(connection_));
    if (result.get() == nullptr) break;
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE) {
      if (!take(std::move(result))) co_return true;
    } else if (!failure) {
      failure = translate(server_error(result.get()), effect);
    }
  }
  // Only the end of all results says that the server is ready again, and so that it committed.
  if (!failure && PQstatus(connection_) == CONNECTION_BAD) {
    failure = connection_lost(last_message(), effect, /*sent=*/true);
  }
  if (failure) co_return std::unexpected(give_up(std::move(*failure)));
  co_return false;
}

Task<Notification> Connection::wait_for_notification(Deadline deadline) {
  const WhileWatched watched(*wakeup_, deadline);
  while (true) {
    bool received = false;
    while (pgNotify* notification = PQnotifies(connection_)) {
      PQfreemem(notification);
      received = true;
    }
    if (received) co_return Notification::received;
    if (!co_await readable()) co_return Notification::none_in_time;
    if (PQconsumeInput(connection_) == 0 || PQstatus(connection_) == CONNECTION_BAD) {
      broken_ = true;
      co_return Notification::connection_lost;
    }
  }
}

bool Connection::alive() {
  if (broken_ || PQstatus(connection_) == CONNECTION_BAD) return false;
  // An idle server may have sent a notice or a changed parameter (harmless), or its farewell.
  for (int looks = 0; looks < 2; ++looks) {
    char byte = 0;
    const auto seen = recv(PQsocket(connection_), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (seen == 0) return false;
    if (seen < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    if (PQconsumeInput(connection_) == 0 || PQisBusy(connection_) != 0) return false;
  }
  return false;  // it keeps talking: not worth understanding, a new connection is cheap
}

}  // namespace hearth::adapters::postgres
