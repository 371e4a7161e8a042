#pragma once

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
  Timer timer_;
};

}  // namespace hearth::application
