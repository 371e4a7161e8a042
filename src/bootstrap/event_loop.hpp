#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

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
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<application::Executor> work_;
  std::thread thread_;
};

}  // namespace hearth::bootstrap
