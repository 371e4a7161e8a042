#pragma once

#include <boost/asio/steady_timer.hpp>

#include "application/ports/change_signal.hpp"

namespace hearth::application {

/// For a system of record that tells nobody of its changes: never hints, and waits for the
/// deadline.
class NoChangeSignal final : public ChangeSignal {
 public:
  explicit NoChangeSignal(Executor executor) : timer_(executor) {}

  [[nodiscard]] Task<bool> wait(Deadline deadline) override {
    timer_.expires_at(deadline);
    co_await timer_.async_wait(use_task);
    co_return false;
  }

 private:
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer_;
};

}  // namespace hearth::application
