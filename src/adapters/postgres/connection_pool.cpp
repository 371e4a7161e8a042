#include "adapters/postgres/connection_pool.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <utility>

namespace hearth::adapters::postgres {

namespace asio = boost::asio;
using application::Deadline;
using application::Executor;
using application::Task;
using domain::ErrorCode;
using Clock = std::chrono::steady_clock;

namespace {

/// Logins usually take milliseconds. Less than a read with a last known value waits.
constexpr std::chrono::milliseconds slow_login{1500};

}  // namespace

/// A call in the queue, until it is handed a connection or the reason why it gets none.
struct ConnectionPool::Waiter {
  explicit Waiter(ConnectionPool& owner) : pool(owner), timer(owner.executor_) {
    pool.waiting_.push_back(this);
  }
  ~Waiter() { std::erase(pool.waiting_, this); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  void answer(Lent with) {
    answered.emplace(std::move(with));
    timer.cancel();
  }

  ConnectionPool& pool;
  application::Timer timer;
  std::optional<Lent> answered;
};

ConnectionPool::Lease::Lease(std::shared_ptr<ConnectionPool> pool,
                             std::unique_ptr<Connection> connection)
    : pool_(std::move(pool)), generation_(pool_->generation_), connection_(std::move(connection)) {}

ConnectionPool::Lease::~Lease() {
  if (!pool_) return;
  const bool is_old = generation_ != pool_->generation_;
  if (connection_ && (connection_->broken() || is_old)) connection_.reset();
  pool_->give_back(std::move(connection_));
}

ConnectionPool::ConnectionPool(Executor executor, PostgresSettings settings)
    : executor_(executor),
      settings_(std::move(settings)),
      options_(ConnectionOptions::parse(settings_)),
      circuit_({.backoff = {}, .patience = settings_.login_patience}) {}

Task<domain::Result<ConnectionPool::Lease>> ConnectionPool::acquire(Deadline deadline) {
  const auto self = shared_from_this();
  if (!options_) co_return std::unexpected(options_.error());
  while (true) {
    auto connection = co_await take(deadline);
    if (!connection) co_return std::unexpected(std::move(connection.error()));
    // From here on it goes back by the lease, whatever happens.
    Lease lease(self, std::move(*connection));
    if (lease->alive()) co_return domain::Result<Lease>(std::move(lease));
    lease.discard();
  }
}

Task<ConnectionPool::Lent> ConnectionPool::take(Deadline deadline) {
  const auto now = Clock::now();
  if (deadline <= now) {
    co_return domain::fail(ErrorCode::deadline_exceeded,
                           "The deadline had passed before the database was asked");
  }
  if (waiting_.empty() && !idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    co_return connection;
  }
  // As long as there is a connection, it will be free some time.
  if (open_ == 0 && last_failure_ && circuit_.is_open(now)) {
    co_return std::unexpected(*last_failure_);
  }
  co_return co_await wait_for_connection(deadline);
}

Task<ConnectionPool::Lent> ConnectionPool::wait_for_connection(Deadline deadline) {
  if (waiting_.size() >= most_waiting) {
    co_return domain::fail(ErrorCode::unavailable,
                           "Too many calls wait for a connection to PostgreSQL; try again");
  }
  Waiter waiter(*this);
  log_in_soon();
  waiter.timer.expires_at(deadline);
  co_await waiter.timer.async_wait(asio::as_tuple(application::use_task));
  if (waiter.answered) co_return std::move(*waiter.answered);
  if (open_ == 0 && last_failure_) co_return std::unexpected(*last_failure_);
  co_return domain::fail(ErrorCode::deadline_exceeded,
                         "No connection to PostgreSQL became free in time");
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) {
  if (connection) {
    hand_over(std::move(connection));
  } else {
    --open_;
    log_in_soon();
  }
}

void ConnectionPool::hand_over(std::unique_ptr<Connection> connection) {
  if (waiting_.empty()) {
    idle_.push_back(std::move(connection));
    return;
  }
  auto* next = waiting_.front();
  waiting_.pop_front();
  next->answer(std::move(connection));
}

void ConnectionPool::drop_present() noexcept {
  ++generation_;
  open_ -= idle_.size();
  idle_.clear();
}

std::size_t ConnectionPool::most_connections() const noexcept {
  return std::max<std::size_t>(settings_.connections, 1);
}

void ConnectionPool::log_in_soon() {
  if (logins_ == 0) log_in_beside();
}

void ConnectionPool::log_in_beside() {
  if (waiting_.empty() || open_ + logins_ >= most_connections()) return;
  ++logins_;
  asio::co_spawn(
      executor_,
      [](std::shared_ptr<ConnectionPool> self) -> Task<void> {
        co_await self->log_in_while_wanted();
      }(shared_from_this()),
      asio::detached);
}

Task<void> ConnectionPool::log_in_while_wanted() {
  application::Timer pause(executor_);
  while (!waiting_.empty() && open_ + logins_ <= most_connections()) {
    pause.expires_at(circuit_.next_try());
    co_await pause.async_wait(asio::as_tuple(application::use_task));
    if (!waiting_.empty()) co_await log_in_once();
  }
  --logins_;
}

Task<void> ConnectionPool::log_in_once() {
  const auto began = Clock::now();
  application::Timer slow(executor_, began + slow_login);
  slow.async_wait([weak = weak_from_this()](const auto& cancelled) {
    const auto self = weak.lock();
    if (!cancelled && self) self->log_in_beside();
  });
  auto connection =
      co_await Connection::open(executor_, *options_, began + settings_.connect_timeout);
  slow.cancel();
  if (!connection) {
    note_failure(std::move(connection.error()), began);
    co_return;
  }
  circuit_.succeeded(Clock::now());
  last_failure_.reset();
  ++open_;
  hand_over(std::move(*connection));
}

void ConnectionPool::note_failure(LoginFailure failure, LoginCircuit::Time began) {
  const auto now = Clock::now();
  circuit_.failed(failure.kind, began, now, random_());
  last_failure_ = std::move(failure.error);
  if (open_ > 0 || !circuit_.is_open(now)) return;
  for (auto* waiter : std::exchange(waiting_, {})) {
    waiter->answer(std::unexpected(*last_failure_));
  }
}

}  // namespace hearth::adapters::postgres
