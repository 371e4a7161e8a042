#include "adapters/postgres/connection_pool.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>

namespace hearth::adapters::postgres {

namespace asio = boost::asio;
using application::Deadline;
using application::Executor;
using application::Task;
using domain::ErrorCode;
using Clock = std::chrono::steady_clock;

/// A call in the queue. It is handed a turn, with a connection or with the right to make one.
struct ConnectionPool::Waiter {
  explicit Waiter(ConnectionPool& owner) : pool(owner), timer(owner.executor_) {
    pool.waiting_.push_back(this);
  }
  ~Waiter() { std::erase(pool.waiting_, this); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  ConnectionPool& pool;
  application::Timer timer;
  bool has_turn = false;
  std::unique_ptr<Connection> connection;
};

ConnectionPool::Lease::Lease(std::shared_ptr<ConnectionPool> pool,
                             std::unique_ptr<Connection> connection)
    : pool_(std::move(pool)), connection_(std::move(connection)) {}

ConnectionPool::Lease::~Lease() {
  if (!pool_) return;
  if (connection_ && connection_->broken()) connection_.reset();
  pool_->give_back(std::move(connection_));
}

ConnectionPool::ConnectionPool(Executor executor, PostgresSettings settings)
    : executor_(executor),
      settings_(std::move(settings)),
      options_(ConnectionOptions::parse(settings_)) {}

Task<domain::Result<ConnectionPool::Lease>> ConnectionPool::acquire(Deadline deadline) {
  const auto self = shared_from_this();
  if (!options_) co_return std::unexpected(options_.error());
  auto turn = co_await take_turn(deadline);
  if (!turn) co_return std::unexpected(std::move(turn.error()));
  // From here on the turn goes back by the lease, whatever happens.
  Lease lease(self, std::move(*turn));
  if (lease.operator->() != nullptr && lease->alive()) {
    co_return domain::Result<Lease>(std::move(lease));
  }
  lease.discard();
  auto connection = co_await connect(deadline);
  if (!connection) co_return std::unexpected(std::move(connection.error()));
  lease.replace(std::move(*connection));
  co_return domain::Result<Lease>(std::move(lease));
}

Task<domain::Result<std::unique_ptr<Connection>>> ConnectionPool::take_turn(Deadline deadline) {
  if (deadline <= Clock::now()) {
    co_return domain::fail(ErrorCode::deadline_exceeded,
                           "The deadline had passed before the database was asked");
  }
  if (waiting_.empty() && !idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    co_return connection;
  }
  if (waiting_.empty() && lent_or_idle_ < std::max<std::size_t>(settings_.connections, 1)) {
    ++lent_or_idle_;
    co_return nullptr;
  }
  co_return co_await wait_for_turn(deadline);
}

Task<domain::Result<std::unique_ptr<Connection>>> ConnectionPool::wait_for_turn(Deadline deadline) {
  if (waiting_.size() >= most_waiting) {
    co_return domain::fail(ErrorCode::unavailable,
                           "Too many calls wait for a connection to PostgreSQL; try again");
  }
  Waiter waiter(*this);
  waiter.timer.expires_at(deadline);
  co_await waiter.timer.async_wait(asio::as_tuple(application::use_task));
  if (waiter.has_turn) co_return std::move(waiter.connection);
  co_return domain::fail(ErrorCode::deadline_exceeded,
                         "No connection to PostgreSQL became free in time");
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) {
  if (!waiting_.empty()) {
    auto* next = waiting_.front();
    waiting_.pop_front();
    next->has_turn = true;
    next->connection = std::move(connection);
    next->timer.cancel();
  } else if (connection) {
    idle_.push_back(std::move(connection));
  } else {
    --lent_or_idle_;
  }
}

void ConnectionPool::drop_idle() noexcept {
  lent_or_idle_ -= idle_.size();
  idle_.clear();
}

Task<domain::Result<std::unique_ptr<Connection>>> ConnectionPool::connect(Deadline deadline) {
  const auto started = Clock::now();
  if (last_failure_ && started < last_failure_->retry_at) {
    co_return std::unexpected(last_failure_->error);
  }
  const auto own_limit = started + settings_.connect_timeout;
  auto connection = co_await Connection::open(executor_, *options_, std::min(deadline, own_limit));
  if (connection) {
    backoff_.reset();
    last_failure_.reset();
    co_return connection;
  }
  if (deadline < own_limit && deadline <= Clock::now()) {
    // The caller had less time than a connection may take: that says nothing about the server.
    co_return domain::fail(ErrorCode::deadline_exceeded,
                           "No connection to PostgreSQL was made in time");
  }
  remember_failure(connection.error(), started);
  co_return connection;
}

void ConnectionPool::remember_failure(const domain::Error& error, Clock::time_point started) {
  // Tries that were under way together count as one, or the back-off would leap.
  if (last_failure_ && started < last_failure_->failed_at) return;
  const auto now = Clock::now();
  last_failure_ = ConnectFailure{error, now, now + backoff_.next(random_())};
}

}  // namespace hearth::adapters::postgres
