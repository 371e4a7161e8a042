#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "application/warm_report.hpp"
#include "domain/error.hpp"
#include "domain/flag.hpp"
#include "domain/names.hpp"

namespace hearth::adapters::lambda {

/// Which service sent an HTTP request, and how it wants its answer.
enum class HttpFormat {
  http_api,       ///< API Gateway HTTP API and function URLs, payload 2.0
  rest_api,       ///< API Gateway REST API (or HTTP API), payload 1.0
  load_balancer,  ///< Application Load Balancer target
};

/// An HTTP request that came as an event.
struct HttpEvent {
  HttpFormat format = HttpFormat::http_api;
  /// Headers came as lists, and the answer's are to go as lists: a load balancer takes no other.
  bool multiple_values = false;
  std::string method;
  std::string target;  ///< path and query, percent-encoded, beginning with a slash
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< decoded
};

/// Somebody wants the cache warmed: a rule or a schedule of EventBridge, or a direct invocation.
struct WarmEvent {
  application::WarmTrigger trigger = application::WarmTrigger::scheduled;
  std::optional<std::vector<domain::FlagKey>> keys = std::nullopt;
  std::optional<std::size_t> top_n = std::nullopt;
  std::string id = {};  ///< of the event, the same for each delivery of it; empty: none
  /// When a scheduled event was due, the same for each delivery of it.
  std::optional<domain::Timestamp> scheduled_for = std::nullopt;
};

/// A deployment waits for its hook (CodeDeploy, BeforeAllowTraffic).
struct DeploymentHookEvent {
  std::string deployment_id;
  std::string execution_id;
};

using Event = std::variant<HttpEvent, WarmEvent, DeploymentHookEvent>;

/// Says what an event is by its shape; see docs/adr/0012-lambda-a-loop-of-our-own.md for the
/// sources. Fails with `validation` for what is no JSON, has no known shape, or asks for something
/// that there is not (a trigger, a flag key); the message never repeats the event.
[[nodiscard]] domain::Result<Event> recognise_event(std::string_view text);

}  // namespace hearth::adapters::lambda
