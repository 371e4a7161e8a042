#pragma once

#include <cstddef>
#include <expected>
#include <string>

namespace hearth::application {

/// What is wrong with the text of a schedule, and where. `position` is a column, counted from 1;
/// one past the end means that something is missing there. `what` says what is expected.
struct ScheduleMistake {
  std::size_t position = 1;
  std::string what;

  friend bool operator==(const ScheduleMistake&, const ScheduleMistake&) = default;
};

/// What parsing a schedule, or a part of it, gives.
template <class T>
using ParsedSchedule = std::expected<T, ScheduleMistake>;

}  // namespace hearth::application
