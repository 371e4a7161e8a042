#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <utility>

#include "application/task.hpp"

namespace hearth::test_support {

/// Where a task that runs in the background will leave its result: shared, because either the
/// test or the task may end first.
template <class T>
using Pending = std::shared_ptr<std::optional<T>>;

/// Starts `task` on `context` and runs everything there that is ready. The result is there once
/// the task has ended, after this call or after a later `run_ready`.
template <class T>
[[nodiscard]] Pending<T> start_task(boost::asio::io_context& context, application::Task<T> task) {
  auto pending = std::make_shared<std::optional<T>>();
  auto keep = [](application::Task<T> running, Pending<T> result) -> application::Task<void> {
    result->emplace(co_await std::move(running));
  };
  boost::asio::co_spawn(context.get_executor(), keep(std::move(task), pending),
                        boost::asio::detached);
  context.restart();
  context.poll();
  return pending;
}

/// Runs everything on `context` that is ready, without waiting for anything.
inline void run_ready(boost::asio::io_context& context) {
  context.restart();
  context.poll();
}

}  // namespace hearth::test_support
