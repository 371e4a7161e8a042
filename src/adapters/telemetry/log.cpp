#include "adapters/telemetry/log.hpp"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cmath>
#include <mutex>

namespace hearth::adapters::telemetry {
namespace {

using application::WarmReport;
using domain::ErrorCode;
using domain::fail;

// spdlog makes room for all of them at once, some 400 bytes each.
constexpr std::size_t most_waiting_lines = 1024;

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

/// Refresh runs come every few minutes, all alike: they are told only when they fail.
spdlog::level::level_enum level_of(const WarmReport& report) {
  if (report.error) return spdlog::level::err;
  const bool is_refresh = report.trigger == application::WarmTrigger::refresh;
  return is_refresh ? spdlog::level::debug : spdlog::level::info;
}

/// One line's own members, in both forms.
class Line {
 public:
  explicit Line(LogFormat format, std::string_view message) : format_(format) {
    text_ = format_ == LogFormat::json ? fmt::format(R"("message":"{}")", escaped(message))
                                       : std::string(message);
  }

  Line& text(std::string_view name, std::string_view value) {
    append(name,
           format_ == LogFormat::json ? fmt::format("\"{}\"", escaped(value)) : std::string(value));
    return *this;
  }

  template <class Number>
  Line& number(std::string_view name, Number value) {
    append(name, fmt::format("{}", value));
    return *this;
  }

  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  void append(std::string_view name, const std::string& value) {
    text_ += format_ == LogFormat::json ? fmt::format(R"(,"{}":{})", name, value)
                                        : fmt::format(" {}={}", name, value);
  }

  LogFormat format_;
  std::string text_;
};

}  // namespace

domain::Result<LogLevel> parse_log_level(std::string_view text) {
  if (text == "debug") return LogLevel::debug;
  if (text == "info") return LogLevel::info;
  if (text == "warn") return LogLevel::warning;
  if (text == "error") return LogLevel::error;
  if (text == "off") return LogLevel::off;
  return fail(ErrorCode::validation, "LOG_LEVEL is debug, info, warn, error or off");
}

domain::Result<LogFormat> parse_log_format(std::string_view text) {
  if (text == "json") return LogFormat::json;
  if (text == "text") return LogFormat::text;
  return fail(ErrorCode::validation, "LOG_FORMAT is json or text");
}

class Log::Writer {
 public:
  Writer(LogLevel level, LogFormat log_format)
      : format(log_format),
        pool_(std::make_shared<spdlog::details::thread_pool>(most_waiting_lines, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "hearth", std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool_,
            spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_level(spdlog_level(level));
    logger_->flush_on(spdlog::level::info);
    logger_->set_pattern(format == LogFormat::json
                             ? R"({"timestamp":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                             : "%H:%M:%S.%e %l %v",
                         spdlog::pattern_time_type::utc);
  }

  /// First the thread, which writes what waits, then what it writes with.
  ~Writer() { pool_.reset(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void write(spdlog::level::level_enum level, const Line& line) {
    logger_->log(level, line.str() + tags());
  }

  void set_tags(std::string tags) {
    const std::lock_guard lock(mutex_);
    tags_ = std::move(tags);
  }

  [[nodiscard]] bool writes(spdlog::level::level_enum level) const {
    return logger_->should_log(level);
  }

  const LogFormat format;

 private:
  [[nodiscard]] std::string tags() {
    const std::lock_guard lock(mutex_);
    return tags_;
  }

  std::mutex mutex_;
  std::string tags_;                                    // guarded by mutex_; the end of every line
  std::shared_ptr<spdlog::details::thread_pool> pool_;  // spdlog asks for shared ownership
  std::shared_ptr<spdlog::async_logger> logger_;
};

Log::Log(LogLevel level, LogFormat format) : writer_(std::make_unique<Writer>(level, format)) {}

Log::~Log() = default;

void Log::tag(std::string_view request_id, std::string_view trace_id) {
  Line line(writer_->format, "");
  const auto begin = line.str().size();
  if (!request_id.empty()) line.text("requestId", request_id);
  if (!trace_id.empty()) line.text("traceId", trace_id);
  writer_->set_tags(line.str().substr(begin));
}

void Log::warm_run_finished(const WarmReport& report) {
  const auto duration = std::chrono::duration<double, std::milli>(report.duration).count();
  Line line(writer_->format, report.error ? "Cache warming failed" : "Cache warming completed");
  line.text("action", "cache_warming")
      .text("trigger", application::name_of(report.trigger))
      .number("warmed", report.warmed())
      .number("duration", std::round(duration * 1000) / 1000)
      .text("environment", report.environment.text())
      .text("run", report.id)
      .number("requested", report.requested)
      .number("written", report.written)
      .number("unchanged", report.unchanged)
      .number("newer", report.newer)
      .number("missing", report.missing)
      .number("failed", report.failed);
  if (report.error) line.text("error", report.error->message);
  writer_->write(level_of(report), line);
}

void Log::request_answered(const application::RequestReport& report) {
  if (!writer_->writes(spdlog::level::info)) return;
  const auto duration = std::chrono::duration<double, std::milli>(report.duration).count();
  Line line(writer_->format, "Request answered");
  line.text("action", "http_request")
      .text("method", report.method)
      .text("route", report.route)
      .number("status", report.status)
      .number("duration", std::round(duration * 1000) / 1000);
  writer_->write(spdlog::level::info, line);
}

void Log::info(std::string_view action, std::string_view message) {
  Line line(writer_->format, message);
  writer_->write(spdlog::level::info, line.text("action", action));
}

void Log::warning(std::string_view action, std::string_view message) {
  Line line(writer_->format, message);
  writer_->write(spdlog::level::warn, line.text("action", action));
}

}  // namespace hearth::adapters::telemetry
