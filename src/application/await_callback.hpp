#pragma once

#include <boost/asio/async_result.hpp>

#include <functional>
#include <utility>

#include "application/task.hpp"

namespace hearth::application {

/// Called once, on the executor's thread, to wake the coroutine that waits with a T.
/// Destroyed without a call (at shutdown), it destroys the waiting coroutine.
template <class T>
using Resume = std::move_only_function<void(T)>;

/// Suspends the calling coroutine, hands its Resume to `start`, and goes on with the value that
/// the Resume is called with. `start` may keep the Resume; calling it resumes inline.
template <class T, class Start>
Task<T> await_callback(Start start) {
  auto initiate = [](auto handler, Start begin) {
    begin(Resume<T>(
        [waiting = std::move(handler)](T value) mutable { std::move(waiting)(std::move(value)); }));
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>&,
                                                 void(T)>(initiate, use_task, std::move(start));
}

}  // namespace hearth::application
