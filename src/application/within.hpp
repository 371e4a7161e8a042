#pragma once

#include <boost/asio/detached.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "application/deadline.hpp"
#include "application/task.hpp"

namespace hearth::application {

/// Runs `task` on `executor`, the caller's own, and gives its result; nothing if there is none by
/// the deadline. The task is then not stopped: it goes on beside the caller until its own limits
/// end it, so it must own what it needs. One whose deadline has passed already is not begun. What
/// it throws in time is thrown here.
template <class T>
Task<std::optional<T>> within(Executor executor, Deadline deadline, Task<T> task) {
  struct Race {
    Race(Executor where, Deadline end) : timer(where, end) {}
    Timer timer;
    std::optional<T> result;
    std::exception_ptr failure;
    bool ended = false;
  };
  if (std::chrono::steady_clock::now() >= deadline) co_return std::nullopt;
  // Shared, because the task may end long after the caller has gone on.
  auto race = std::make_shared<Race>(executor, deadline);
  auto run = [](std::shared_ptr<Race> shared, Task<T> work) -> Task<void> {
    try {
      shared->result.emplace(co_await std::move(work));
    } catch (...) {
      shared->failure = std::current_exception();
    }
    shared->ended = true;
    shared->timer.cancel();
  };
  boost::asio::co_spawn(executor, run(race, std::move(task)), boost::asio::detached);
  if (!race->ended) {
    boost::system::error_code ignored;
    co_await race->timer.async_wait(boost::asio::redirect_error(use_task, ignored));
  }
  if (race->failure) std::rethrow_exception(race->failure);
  co_return std::move(race->result);
}

}  // namespace hearth::application
