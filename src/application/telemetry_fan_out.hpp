#pragma once

#include <utility>
#include <vector>

#include "application/ports/telemetry.hpp"

namespace hearth::application {

/// Tells several what it is told, in their order. They outlive it. Threading: as theirs.
class TelemetryFanOut final : public Telemetry {
 public:
  explicit TelemetryFanOut(std::vector<Telemetry*> sinks) : sinks_(std::move(sinks)) {}

  void warm_run_finished(const WarmReport& report) override {
    for (auto* sink : sinks_) sink->warm_run_finished(report);
  }
  void change_finished(ChangeOutcome outcome, std::chrono::nanoseconds duration) override {
    for (auto* sink : sinks_) sink->change_finished(outcome, duration);
  }
  void request_answered(const RequestReport& report) override {
    for (auto* sink : sinks_) sink->request_answered(report);
  }
  void info(std::string_view action, std::string_view message) override {
    for (auto* sink : sinks_) sink->info(action, message);
  }
  void warning(std::string_view action, std::string_view message) override {
    for (auto* sink : sinks_) sink->warning(action, message);
  }

 private:
  const std::vector<Telemetry*> sinks_;
};

}  // namespace hearth::application
