#pragma once

#include <chrono>

#include "application/task.hpp"

namespace hearth::application {

/// Suspends the calling coroutine, which runs on `executor`, for `duration` of real time.
inline Task<void> sleep_for(Executor executor, std::chrono::steady_clock::duration duration) {
  Timer timer(executor, duration);
  co_await timer.async_wait(use_task);
}

}  // namespace hearth::application
