#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "application/task.hpp"

namespace hearth::test_support {

/// Runs `context` on the calling thread until `task` has ended, and gives its result or throws
/// what it threw. Background work of the context goes on as long as this does and then rests
/// until the next call. Throws std::runtime_error if the context runs dry before the task ends.
template <class T>
T run_task(boost::asio::io_context& context, application::Task<T> task) {
  using Stored = std::conditional_t<std::is_void_v<T>, bool, T>;
  std::optional<Stored> result;
  std::exception_ptr failure;
  bool ended = false;
  auto body = [&]() -> application::Task<void> {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(task);
      result.emplace(true);
    } else {
      result.emplace(co_await std::move(task));
    }
  };
  // Until the task is there: another thread that has just handed over the result of the task before
  // may only now give back its part of the context's work, and would stop it again.
  auto busy = boost::asio::make_work_guard(context);
  context.restart();
  boost::asio::co_spawn(context.get_executor(), std::move(body), [&](std::exception_ptr thrown) {
    failure = thrown;
    ended = true;
  });
  busy.reset();
  while (!ended && context.run_one() > 0) {
  }
  if (failure) std::rethrow_exception(failure);
  if (!result) throw std::runtime_error("the io_context ran out of work before the task ended");
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace hearth::test_support
