#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "adapters/http/router.hpp"
#include "application/ports/telemetry.hpp"

namespace hearth::adapters::http {

/// Chooses the requests of one thread's server that get a line in the log: the first, then one of
/// every so many, and each that hearth failed to answer (5xx). The others cost an increment.
/// Threading: one thread.
class RequestLog {
 public:
  static constexpr std::uint64_t one_of = 1000;

  explicit RequestLog(application::Telemetry& telemetry) : telemetry_(telemetry) {}

  void answered(std::optional<Route> route, int status, std::chrono::nanoseconds duration) {
    const bool sampled = answered_++ % one_of == 0;
    if (!sampled && status < 500) return;
    const auto [method, path] = name_of(route);
    telemetry_.request_answered({method, path, status, duration});
  }

 private:
  application::Telemetry& telemetry_;
  std::uint64_t answered_ = 0;
};

}  // namespace hearth::adapters::http
