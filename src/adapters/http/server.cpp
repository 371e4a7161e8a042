#include "adapters/http/server.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>

#include <set>

#include "adapters/http/session.hpp"

namespace hearth::adapters::http {
namespace {

namespace asio = boost::asio;
using application::Deadline;
using application::Executor;
using application::Task;
using application::Timer;
using application::use_task;
using domain::ErrorCode;
using domain::fail;
using domain::Result;
using Clock = std::chrono::steady_clock;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

std::string shown(const ListenAddress& address) {
  return address.host + ":" + std::to_string(address.port);
}

std::unexpected<domain::Error> cannot_listen(const ListenAddress& address,
                                             const boost::system::error_code& failure) {
  std::string advice;
  if (failure == asio::error::address_in_use) {
    advice = "; another process listens there: stop it, or choose another PORT";
  } else if (failure == asio::error::access_denied) {
    advice = "; ports below 1024 need a privilege: choose another PORT";
  } else if (failure == boost::system::errc::address_not_available) {
    advice = "; HOST is no address of this machine";
  }
  return fail(ErrorCode::misconfigured,
              "hearth cannot listen on " + shown(address) + ": " + failure.message() + advice);
}

Result<asio::ip::tcp::endpoint> resolve(const ListenAddress& address) {
  asio::io_context context;
  asio::ip::tcp::resolver resolver(context);
  boost::system::error_code failure;
  const auto found = resolver.resolve(address.host, std::to_string(address.port),
                                      asio::ip::tcp::resolver::passive, failure);
  if (failure) return cannot_listen(address, failure);
  return found.begin()->endpoint();
}

}  // namespace

Result<ListenAddress> claim_address(const ListenAddress& address) {
  const auto endpoint = resolve(address);
  if (!endpoint) return std::unexpected(endpoint.error());
  asio::io_context context;
  asio::ip::tcp::acceptor probe(context);
  boost::system::error_code failure;
  probe.open(endpoint->protocol(), failure);
  if (!failure) probe.set_option(asio::ip::tcp::acceptor::reuse_address(true), failure);
  if (!failure) probe.bind(*endpoint, failure);
  // Bound, and not listening: who connected now would be cut off as the probe goes.
  if (failure) return cannot_listen(address, failure);
  return ListenAddress{endpoint->address().to_string(), probe.local_endpoint().port()};
}

class Server::State : public std::enable_shared_from_this<Server::State> {
 public:
  State(Executor executor, Routes& routes, RequestMetrics& metrics,
        application::Telemetry& telemetry, ServerLimits limits)
      : executor_(executor),
        routes_(routes),
        metrics_(metrics),
        log_(telemetry),
        limits_(limits),
        acceptor_(executor),
        patience_timer_(executor) {}

  Result<std::uint16_t> listen(const ListenAddress& address) {
    const auto endpoint = resolve(address);
    if (!endpoint) return std::unexpected(endpoint.error());
    boost::system::error_code failure;
    acceptor_.open(endpoint->protocol(), failure);
    if (!failure) acceptor_.set_option(Acceptor::reuse_address(true), failure);
    if (!failure) acceptor_.set_option(ReusePort(true), failure);
    if (!failure) acceptor_.bind(*endpoint, failure);
    if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
    if (failure) return cannot_listen(address, failure);
    asio::co_spawn(executor_, accept(shared_from_this()), asio::detached);
    asio::co_spawn(executor_, watch_patience(shared_from_this()), asio::detached);
    return acceptor_.local_endpoint().port();
  }

  Task<void> drain(Deadline deadline) {
    draining_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    const auto open = sessions_;
    for (auto* session : open) session->finish();
    Timer timer(executor_);
    constexpr std::chrono::milliseconds poll{5};
    while (!sessions_.empty() && Clock::now() < deadline) {
      timer.expires_after(poll);
      co_await timer.async_wait(asio::redirect_error(use_task, ignored));
    }
    stop();
  }

  void stop() {
    draining_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    patience_timer_.cancel();
    const auto open = sessions_;
    for (auto* session : open) session->close();
  }

 private:
  /// A session is known as long as its coroutine lives, however that ends.
  class Membership {
   public:
    Membership(std::set<Session*>& sessions, Session& session)
        : sessions_(sessions), session_(session) {
      sessions_.insert(&session_);
    }
    ~Membership() { sessions_.erase(&session_); }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;

   private:
    std::set<Session*>& sessions_;
    Session& session_;
  };

  Task<void> accept([[maybe_unused]] std::shared_ptr<State> keep_alive) {
    Timer pause(executor_);
    while (!draining_) {
      Session::Socket socket(executor_);
      boost::system::error_code failure;
      co_await acceptor_.async_accept(socket, asio::redirect_error(use_task, failure));
      if (failure && !draining_) {
        // Out of descriptors, most likely: connections must end before new ones can begin.
        constexpr std::chrono::milliseconds breath{50};
        pause.expires_after(breath);
        boost::system::error_code ignored;
        co_await pause.async_wait(asio::redirect_error(use_task, ignored));
        continue;
      }
      if (failure) break;
      if (sessions_.size() >= limits_.connections) continue;  // closes the socket
      asio::co_spawn(executor_, serve(shared_from_this(), std::move(socket)), asio::detached);
    }
  }

  Task<void> serve([[maybe_unused]] std::shared_ptr<State> keep_alive, Session::Socket socket) {
    Session session(std::move(socket), routes_, metrics_, log_, limits_);
    const Membership membership(sessions_, session);
    try {
      co_await session.run();
    } catch (const std::exception&) {
      // Nothing but running out of memory gets here: this connection ends, the others go on.
      session.close();
    }
  }

  Task<void> watch_patience([[maybe_unused]] std::shared_ptr<State> keep_alive) {
    while (!draining_) {
      patience_timer_.expires_after(std::chrono::seconds(1));
      boost::system::error_code ignored;
      co_await patience_timer_.async_wait(asio::redirect_error(use_task, ignored));
      const auto now = Clock::now();
      for (auto* session : sessions_) session->check_patience(now);
    }
  }

  Executor executor_;
  Routes& routes_;
  RequestMetrics& metrics_;
  RequestLog log_;
  const ServerLimits limits_;
  Acceptor acceptor_;
  Timer patience_timer_;
  std::set<Session*> sessions_;
  bool draining_ = false;
};

Server::Server(Executor executor, Routes& routes, RequestMetrics& metrics,
               application::Telemetry& telemetry, ServerLimits limits)
    : state_(std::make_shared<State>(executor, routes, metrics, telemetry, limits)) {}

Server::~Server() { state_->stop(); }

Result<std::uint16_t> Server::listen(const ListenAddress& address) {
  return state_->listen(address);
}

Task<void> Server::drain(Deadline deadline) { return state_->drain(deadline); }

}  // namespace hearth::adapters::http
