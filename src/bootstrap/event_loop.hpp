#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <optional>
#include <thread>
#include <type_traits>

#include "application/task.hpp"

namespace hearth::bootstrap {

/// An `io_context` and the one thread that runs it. What lives on the loop is destroyed between
/// `stop` and the loop's own end.
class EventLoop {
 public:
  EventLoop() : context_(1), work_(context_.get_executor()) {}
  ~EventLoop() { stop(); }
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  [[nodiscard]] application::Executor executor() { return context_.get_executor(); }

  /// From now on its thread runs.
  void start() {
    thread_ = std::thread([this] { context_.run(); });
  }

  /// Ends the thread without waiting for coroutines: they stay suspended for good.
  void stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  /// Destroys what is suspended or queued on the loop, which has stopped. What it refers to must
  /// still be there, and so must the other loops that it came from or would go back to.
  void discard_work() { context_.discard_work(); }

  /// Begins `task` on the loop's thread; the future is ready when it is done.
  std::future<void> begin(application::Task<void> task) {
    return boost::asio::co_spawn(executor(), std::move(task), boost::asio::use_future);
  }

  /// Runs `task` on the loop's thread and blocks the calling thread, which must be another one,
  /// until it is done.
  template <class T>
  T run(application::Task<T> task) {
    std::optional<T> result;
    auto body = [&]() -> application::Task<void> { result.emplace(co_await std::move(task)); };
    boost::asio::co_spawn(executor(), std::move(body), boost::asio::use_future).get();
    return std::move(*result);
  }

 private:
  /// Asio lets only a derived class destroy a context's work before the context itself.
  class Context : public boost::asio::io_context {
   public:
    using io_context::io_context;
    void discard_work() { shutdown(); }
  };

  Context context_;
  boost::asio::executor_work_guard<application::Executor> work_;
  std::thread thread_;
};

}  // namespace hearth::bootstrap
