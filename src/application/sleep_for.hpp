#pragma once

#include <boost/asio/steady_timer.hpp>

#include <chrono>

#include "application/task.hpp"

namespace hearth::application {

/// Suspends the calling coroutine, which runs on `executor`, for `duration` of real time.
inline Task<void> sleep_for(Executor executor, std::chrono::steady_clock::duration duration) {
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer(executor, duration);
  co_await timer.async_wait(use_task);
}

}  // namespace hearth::application
