#pragma once

#include <functional>
#include <optional>
#include <string>

#include "adapters/http/request_log.hpp"
#include "adapters/http/routes.hpp"
#include "adapters/lambda/answer.hpp"
#include "adapters/lambda/event.hpp"
#include "application/deadline.hpp"
#include "application/task.hpp"
#include "bootstrap/configuration.hpp"
#include "bootstrap/instance.hpp"

namespace hearth::bootstrap {

/// What an invocation comes to: an answer, or an error if `error_type` is set.
struct InvocationOutcome {
  std::string body;
  std::optional<std::string> error_type = std::nullopt;
};

/// Tells a deployment that its hook is through. Blocks until it is told or the deadline has passed.
using ReportHook = std::function<domain::Result<void>(
    const adapters::lambda::DeploymentHookEvent& event, application::Deadline deadline)>;

/// Turns events into calls of the routes and of the warming engine, and what these give into
/// answers. Whatever goes wrong is an outcome, too.
/// Threading: the thread of the instance's first worker.
class Invocations {
 public:
  Invocations(Instance& instance, const Configuration& configuration, ReportHook report_hook);

  /// Never later than the deadline: what takes longer is answered by what can be said then.
  [[nodiscard]] application::Task<InvocationOutcome> handle(std::string event,
                                                            application::Deadline deadline);

 private:
  using HttpEvent = adapters::lambda::HttpEvent;

  application::Task<InvocationOutcome> answer(HttpEvent event, application::Deadline deadline);
  application::Task<InvocationOutcome> answer(adapters::lambda::WarmEvent event,
                                              application::Deadline deadline);
  application::Task<InvocationOutcome> answer(adapters::lambda::DeploymentHookEvent event,
                                              application::Deadline deadline);
  application::Task<adapters::http::Response> call_routes(HttpEvent event,
                                                          application::Deadline deadline);
  application::Task<application::WarmReport> warm(application::WarmRequest request,
                                                  application::Deadline deadline);

  Instance& instance_;
  const domain::Environment environment_;
  const ReportHook report_hook_;
  const adapters::http::Authorization authorization_;
  adapters::http::Routes routes_;
  adapters::http::RequestLog log_;
};

}  // namespace hearth::bootstrap
