#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/lambda/event.hpp"
#include "application/warm_report.hpp"

namespace hearth::adapters::lambda {

/// An HTTP answer on its way back through an event's service.
struct HttpAnswer {
  int status = 200;
  std::string reason;  ///< the phrase of the status, which a load balancer wants
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// The answer in the form that the event's service takes. A body that is not UTF-8 goes as base64.
[[nodiscard]] std::string render_http_answer(const HttpEvent& event, const HttpAnswer& answer);

/// What an invocation of the warm handler gives: status 200 whatever became of the run, and a body
/// of `warmed`, `duration` (whole milliseconds) and `trigger`, as text.
[[nodiscard]] std::string render_warm_answer(const application::WarmReport& report);

/// What a deployment's hook gives; nobody but the log reads it.
[[nodiscard]] std::string render_hook_answer(std::string_view status);

/// `{"errorMessage","errorType","stackTrace":[]}`.
[[nodiscard]] std::string render_error(std::string_view type, std::string_view message);

/// The most bytes that a rendered answer may have: 6 MB for Lambda, 1 MB for a load balancer.
[[nodiscard]] std::size_t most_answer_bytes(HttpFormat format) noexcept;

}  // namespace hearth::adapters::lambda
