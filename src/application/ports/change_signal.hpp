#pragma once

#include "application/deadline.hpp"
#include "application/task.hpp"

namespace hearth::application {

/// Somebody who says that the system of record has probably changed.
///
/// Only a hint: one may come without a change, one may stand for many changes, and a change may
/// come without one. Who waits must look by itself now and then: a lost hint costs time, never
/// correctness.
/// Threading: one executor, one wait at a time.
class ChangeSignal {
 public:
  virtual ~ChangeSignal() = default;

  /// True as soon as something has happened that may mean a change, be it since the last wait;
  /// false at the deadline. Never fails: whoever cannot hear says nothing, and hints once when he
  /// hears again.
  [[nodiscard]] virtual Task<bool> wait(Deadline deadline) = 0;
};

}  // namespace hearth::application
