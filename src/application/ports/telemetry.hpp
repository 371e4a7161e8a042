#pragma once

#include <string_view>

#include "application/warm_report.hpp"
#include "domain/error.hpp"

namespace hearth::application {

/// What hearth tells its operators.
/// Threading: any thread. Never blocks and never fails: telemetry must not harm a request.
class Telemetry {
 public:
  virtual ~Telemetry() = default;

  /// A warm run has ended, well or badly.
  virtual void warm_run_finished(const WarmReport& report) = 0;

  /// Something that an operator may want to know. `action` is a stable snake_case word to filter
  /// by (`cache_write`, `access_flush`); `message` is for people.
  virtual void info(std::string_view action, std::string_view message) = 0;
  virtual void warning(std::string_view action, std::string_view message) = 0;
};

}  // namespace hearth::application
