#pragma once

#include <chrono>
#include <string_view>

#include "application/warm_report.hpp"
#include "domain/error.hpp"

namespace hearth::application {

/// What became of one change of a flag that an administrator asked for.
enum class ChangeOutcome {
  in_force,  ///< committed, and no process answers with anything older
  pending,   ///< committed, and not known to be in force everywhere
  refused,   ///< it cannot be made: no such flag, one of that name exists, another version
  failed,    ///< not made, or in doubt, because something did not work
};

/// A request that was answered. The texts are constants.
struct RequestReport {
  std::string_view method;
  std::string_view route;  ///< its pattern, never the path itself
  int status = 0;
  std::chrono::nanoseconds duration{};
};

/// What hearth tells its operators.
/// Threading: any thread. Never blocks and never fails: telemetry must not harm a request.
class Telemetry {
 public:
  virtual ~Telemetry() = default;

  /// A warm run has ended, well or badly.
  virtual void warm_run_finished(const WarmReport& report) = 0;

  /// A change has ended, `duration` after its commit began. Ignored unless overridden: most of
  /// those who are told only count warm runs or write lines.
  virtual void change_finished([[maybe_unused]] ChangeOutcome outcome,
                               [[maybe_unused]] std::chrono::nanoseconds duration) {}

  /// One request of those that are worth a line: not each of them is told. Ignored unless
  /// overridden.
  virtual void request_answered([[maybe_unused]] const RequestReport& report) {}

  /// Something that an operator may want to know. `action` is a stable snake_case word to filter
  /// by (`cache_write`, `access_flush`); `message` is for people.
  virtual void info(std::string_view action, std::string_view message) = 0;
  virtual void warning(std::string_view action, std::string_view message) = 0;
};

}  // namespace hearth::application
