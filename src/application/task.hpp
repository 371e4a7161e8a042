#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace hearth::application {

/// Everything asynchronous in hearth runs on an `io_context` with one thread. The concrete
/// executor type, instead of `any_io_executor`, is a measurable part of hearth's speed.
using Executor = boost::asio::io_context::executor_type;

/// A timer on that executor.
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// A coroutine that gives a T. Parameters that survive a suspension are values, never references
/// or views to something the caller may drop. Lazy: nothing runs until it is awaited.
template <class T>
using Task = boost::asio::awaitable<T, Executor>;

/// The completion token for awaiting an Asio operation inside a Task.
inline constexpr boost::asio::use_awaitable_t<Executor> use_task;

/// Runs `task` on the thread of `executor` and comes back to the caller's thread with its result.
/// The caller stays suspended meanwhile, so what the task refers to in the caller's frame lives.
template <class T>
Task<T> run_on(Executor executor, Task<T> task) {
  std::optional<T> result;
  auto body = [&result, &task]() -> Task<void> { result.emplace(co_await std::move(task)); };
  co_await boost::asio::co_spawn(executor, std::move(body), use_task);
  co_return std::move(*result);
}

}  // namespace hearth::application
