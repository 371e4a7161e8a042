#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <functional>
#include <utility>

#include "application/task.hpp"

namespace hearth::application {

/// Called once, on the executor's thread, to wake the coroutine that waits with a T.
/// Destroyed without a call (at shutdown), it destroys the waiting coroutine.
template <class T>
using Resume = std::move_only_function<void(T)>;

/// `co_await await_callback<T>(start)` suspends the calling coroutine, hands its Resume to `start`,
/// and goes on with the value that the Resume is called with. `start` may keep the Resume; calling
/// it resumes inline. To be awaited where it is made: it is an operation, which needs no frame of
/// its own, and no Task.
template <class T, class Start>
[[nodiscard]] auto await_callback(Start start) {
  auto initiate = [](auto handler, Start begin) {
    begin(Resume<T>(
        [waiting = std::move(handler)](T value) mutable { std::move(waiting)(std::move(value)); }));
  };
  return boost::asio::async_initiate<const boost::asio::deferred_t&, void(T)>(
      initiate, boost::asio::deferred, std::move(start));
}

}  // namespace hearth::application
