#include "adapters/postgres/change_listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <random>

#include "adapters/postgres/connection.hpp"
#include "application/backoff.hpp"

namespace hearth::adapters::postgres {

namespace asio = boost::asio;
using application::Deadline;
using application::Executor;
using application::Task;

namespace {

using application::Timer;

/// A wait for notifications is begun anew this often, to see whether the listener is still there. A
/// server that vanished is noticed by TCP (see ConnectionOptions).
constexpr std::chrono::seconds longest_wait{5};

/// Hints can wait (the reconciler looks by itself), misses cannot: where many processes start at
/// once, the first logins are theirs. Full jitter.
constexpr std::chrono::milliseconds latest_beginning{2000};

}  // namespace

/// What has been heard and nobody has been told yet.
struct ChangeListener::Hearing {
  explicit Hearing(const Executor& executor) : timer(executor), pause(executor) {}

  void hint() {
    hinted = true;
    timer.cancel();
  }

  static Task<void> listen(std::shared_ptr<Hearing> self, Executor executor,
                           PostgresSettings settings);
  static Task<void> hear(Hearing& self, Connection& connection);

  Timer timer;  ///< of the wait that is under way
  Timer pause;  ///< of the background, between two tries to connect
  bool hinted = false;
  bool ended = false;
};

Task<void> ChangeListener::Hearing::hear(Hearing& self, Connection& connection) {
  while (!self.ended) {
    const auto deadline = application::deadline_in(longest_wait);
    const auto notification = co_await connection.wait_for_notification(deadline);
    if (notification == Notification::connection_lost) co_return;
    if (notification == Notification::received) self.hint();
  }
}

Task<void> ChangeListener::Hearing::listen(std::shared_ptr<Hearing> self, Executor executor,
                                           PostgresSettings settings) {
  const auto options = ConnectionOptions::parse(settings);
  if (!options) co_return;  // the repository, which has the same settings, says so
  application::Backoff backoff({});
  std::mt19937_64 random{std::random_device{}()};
  self->pause.expires_after(std::chrono::milliseconds(
      std::uniform_int_distribution<std::int64_t>(0, latest_beginning.count())(random)));
  co_await self->pause.async_wait(asio::as_tuple(application::use_task));
  while (!self->ended) {
    auto connection = co_await Connection::open(executor, *options,
                                                application::deadline_in(settings.connect_timeout));
    if (connection) {
      const auto deadline = application::deadline_in(settings.statement_timeout);
      const auto listening =
          co_await (*connection)->command("LISTEN feature_flags", Effect::reads, deadline);
      if (listening) {
        backoff.reset();
        self->hint();  // whatever changed before this, nobody has told
        co_await hear(*self, **connection);
      }
    }
    if (self->ended) co_return;
    self->pause.expires_after(backoff.next(random()));
    co_await self->pause.async_wait(asio::as_tuple(application::use_task));
  }
}

ChangeListener::ChangeListener(Executor executor, PostgresSettings settings)
    : executor_(executor),
      settings_(std::move(settings)),
      hearing_(std::make_shared<Hearing>(executor)) {}

ChangeListener::~ChangeListener() {
  hearing_->ended = true;
  hearing_->pause.cancel();
}

Task<bool> ChangeListener::wait(Deadline deadline) {
  if (!std::exchange(begun_, true)) {
    asio::co_spawn(executor_, Hearing::listen(hearing_, executor_, settings_), asio::detached);
  }
  if (!hearing_->hinted) {
    hearing_->timer.expires_at(deadline);
    co_await hearing_->timer.async_wait(asio::as_tuple(application::use_task));
  }
  co_return std::exchange(hearing_->hinted, false);
}

}  // namespace hearth::adapters::postgres
