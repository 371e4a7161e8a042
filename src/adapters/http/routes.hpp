#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/authorization.hpp"
#include "adapters/http/message.hpp"
#include "adapters/http/router.hpp"
#include "adapters/http/target.hpp"
#include "application/feature_flag_service.hpp"
#include "application/task.hpp"

namespace hearth::adapters::http {

/// A page for those who collect metrics, in the format that its type names.
struct MetricsText {
  std::string content_type;
  std::string body;
};

/// What became of a request that was answered at once.
struct PromptAnswer {
  Route route;
  int status;
  std::chrono::steady_clock::time_point answered_at;
};

/// Answers requests, whatever brought them: each handler parses, calls one use case and renders.
/// Threading: as the service it is given.
class Routes {
 public:
  /// Gives what /metrics shows now.
  using MetricsPage = std::function<application::Task<MetricsText>()>;

  struct Parts {
    application::FeatureFlagService& service;
    const Authorization& authorization;
    const application::CacheStatistics& statistics;
    const application::Readiness& readiness;
    MetricsPage metrics;
    domain::Environment default_environment;
  };

  explicit Routes(Parts parts) : parts_(std::move(parts)) {}

  /// Never fails: what goes wrong is an answer too.
  [[nodiscard]] application::Task<Response> handle(Request request);

  /// Answers a GET of `target`, which began at `begin`, if that takes no waiting: a flag of which
  /// the thread holds a copy, or its value for a user. Appends to `out` the message that `handle`
  /// leads to as well, for a connection that stays open. Nothing has happened otherwise.
  [[nodiscard]] std::optional<PromptAnswer> answer_promptly(
      std::string_view target, std::chrono::steady_clock::time_point begin, std::string& out);

 private:
  /// A request that has found its route.
  struct Call {
    Request request;
    Target target;
    RouteMatch match;
    domain::Environment environment;
  };

  application::Task<Response> dispatch(Call call);
  application::Task<Response> dispatch_admin(Call call);

  static Response public_answer(std::string body, application::ReadSource source);
  application::Task<Response> evaluate_all(Call call);
  application::Task<Response> get_flag(Call call);
  application::Task<Response> evaluate_flag(Call call);
  [[nodiscard]] Response liveness() const;
  [[nodiscard]] Response readiness() const;
  application::Task<Response> metrics() const;

  application::Task<Response> list_flags(Call call);
  application::Task<Response> create_flag(Call call);
  application::Task<Response> find_flag(Call call);
  application::Task<Response> update_flag(Call call);
  application::Task<Response> delete_flag(Call call);
  application::Task<Response> warm(Call call);
  application::Task<Response> warmings(Call call);
  application::Task<Response> warming(Call call);
  application::Task<Response> statistics(Call call);

  Parts parts_;
};

}  // namespace hearth::adapters::http
