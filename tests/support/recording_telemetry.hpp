#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "application/ports/telemetry.hpp"

namespace hearth::test_support {

/// Telemetry that keeps what it is told. Threading: any thread.
class RecordingTelemetry final : public application::Telemetry {
 public:
  void warm_run_finished(const application::WarmReport& report) override {
    const std::scoped_lock lock(mutex_);
    runs_.push_back(report);
  }
  void change_finished(application::ChangeOutcome outcome, std::chrono::nanoseconds) override {
    const std::scoped_lock lock(mutex_);
    changes_.push_back(outcome);
  }
  void request_answered(const application::RequestReport& report) override {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(report);
  }
  void info(std::string_view, std::string_view) override {}
  void warning(std::string_view action, std::string_view message) override {
    const std::scoped_lock lock(mutex_);
    warnings_.emplace_back(action, message);
  }

  [[nodiscard]] std::vector<application::WarmReport> runs() const {
    const std::scoped_lock lock(mutex_);
    return runs_;
  }
  [[nodiscard]] std::vector<application::ChangeOutcome> changes() const {
    const std::scoped_lock lock(mutex_);
    return changes_;
  }
  [[nodiscard]] std::vector<application::RequestReport> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  /// (action, message) of each warning.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> warnings() const {
    const std::scoped_lock lock(mutex_);
    return warnings_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<application::WarmReport> runs_;
  std::vector<application::ChangeOutcome> changes_;
  std::vector<application::RequestReport> requests_;
  std::vector<std::pair<std::string, std::string>> warnings_;
};

}  // namespace hearth::test_support
