#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "application/ports/telemetry.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::telemetry {

enum class LogLevel { debug, info, warning, error, off };
enum class LogFormat { json, text };

/// `debug`, `info`, `warn`, `error` or `off`; `json` or `text`. Fails with `validation`.
[[nodiscard]] domain::Result<LogLevel> parse_log_level(std::string_view text);
[[nodiscard]] domain::Result<LogFormat> parse_log_format(std::string_view text);

/// Log lines on standard error, written by a thread of their own: one JSON object a line
/// (`timestamp`, `level`, `message`, `action`, ...), or a line of text for people.
/// Threading: any thread. When lines come faster than they can be written, the oldest waiting
/// ones are lost rather than a request delayed. The destructor writes what waits.
class Log final : public application::Telemetry {
 public:
  Log(LogLevel level, LogFormat format);
  ~Log() override;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// From now on every line names the invocation that it belongs to, by the id of its request and
  /// of its trace; empty texts are left out.
  void tag(std::string_view request_id, std::string_view trace_id);

  void warm_run_finished(const application::WarmReport& report) override;
  void request_answered(const application::RequestReport& report) override;
  void info(std::string_view action, std::string_view message) override;
  void warning(std::string_view action, std::string_view message) override;

 private:
  class Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace hearth::adapters::telemetry
