#pragma once

#include <memory>

#include "adapters/postgres/postgres_settings.hpp"
#include "application/ports/change_signal.hpp"

namespace hearth::adapters::postgres {

/// Hears what the triggers of feature_flags NOTIFY, on a connection of its own.
///
/// Notifications reach only who listens at that moment. So it hints once after every
/// (re)connection, the first included. Tries to connect back off to 2 s. Behind a pooler that
/// shares sessions between transactions LISTEN hears nothing, which costs time only.
///
/// Threading: all of it on the thread of `executor`. It begins to connect with the first wait and
/// goes on in the background. Destroy it on that thread or after the thread has ended, with no wait
/// under way.
class ChangeListener final : public application::ChangeSignal {
 public:
  ChangeListener(application::Executor executor, PostgresSettings settings);
  ~ChangeListener() override;
  ChangeListener(const ChangeListener&) = delete;
  ChangeListener& operator=(const ChangeListener&) = delete;

  [[nodiscard]] application::Task<bool> wait(application::Deadline deadline) override;

 private:
  struct Hearing;

  application::Executor executor_;
  PostgresSettings settings_;
  // Shared with the background coroutine, which may outlive the listener by some seconds.
  std::shared_ptr<Hearing> hearing_;
  bool begun_ = false;
};

}  // namespace hearth::adapters::postgres
