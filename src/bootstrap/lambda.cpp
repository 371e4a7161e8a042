#include "bootstrap/lambda.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

#include "adapters/lambda/answer.hpp"
#include "adapters/lambda/budgets.hpp"
#include "adapters/lambda/runtime_api.hpp"
#include "bootstrap/invocations.hpp"

namespace hearth::bootstrap {
namespace {

namespace lambda = adapters::lambda;
using application::Deadline;
using application::Task;
using domain::Error;
using domain::ErrorCode;
using domain::Result;

constexpr std::chrono::milliseconds init_report_timeout{2000};
/// For posting an answer: what Lambda itself needs longer for is lost anyway.
constexpr std::chrono::milliseconds post_timeout{5000};

/// The loop: next, handle, respond, rest.
class InvocationLoop {
 public:
  InvocationLoop(Instance& instance, const Configuration& configuration,
                 const std::string& runtime_api, ReportHook report_hook)
      : instance_(instance),
        api_(instance.loop(0).executor(), runtime_api),
        invocations_(instance, configuration, std::move(report_hook)) {}

  /// Until the Runtime API breaks; gives the reason.
  Task<Error> run() {
    while (true) {
      auto invocation = co_await api_.next();
      if (!invocation) co_return std::move(invocation.error());
      auto done = co_await work_off(std::move(*invocation));
      if (!done && done.error().code == ErrorCode::unavailable) co_return std::move(done.error());
    }
  }

 private:
  [[nodiscard]] std::chrono::milliseconds remaining(const lambda::Invocation& invocation) const {
    return std::max(invocation.deadline - instance_.clock().now(), std::chrono::milliseconds(0));
  }

  Task<Result<void>> work_off(lambda::Invocation invocation) {
    const auto left = remaining(invocation);
    const auto work_until = application::deadline_in(lambda::work_time(left));
    auto outcome = co_await invocations_.handle(std::move(invocation.event), work_until);
    co_return co_await answer(std::move(invocation), std::move(outcome));
  }

  Task<Result<void>> answer(lambda::Invocation invocation, InvocationOutcome outcome) {
    const auto deadline = application::deadline_in(post_timeout);
    const auto id = invocation.request_id;
    if (!outcome.error_type) {
      auto told = co_await api_.respond(id, std::move(outcome.body), deadline);
      if (!told) instance_.telemetry().warning("invocation", told.error().message);
      co_return told;
    }
    instance_.telemetry().warning("invocation", "Failed: " + outcome.body);
    auto told =
        co_await api_.report_error(id, *outcome.error_type, std::move(outcome.body), deadline);
    if (!told) instance_.telemetry().warning("invocation", told.error().message);
    co_return told;
  }

  Instance& instance_;
  lambda::RuntimeApi api_;
  Invocations invocations_;
};

Result<void> tell_deployment(const lambda::DeploymentHookEvent&, Deadline) {
  return domain::fail(ErrorCode::internal, "This build cannot call CodeDeploy");
}

}  // namespace

Variables lambda_defaults() {
  return {{"NEAR_CACHE_TTL_MS", "0"}, {"THREADS", "1"}, {"ACCESS_FLUSH_SECONDS", "60"}};
}

Result<void> serve_invocations(const Configuration& configuration, const std::string& runtime_api) {
  auto instance = Instance::start(configuration);
  if (!instance) {
    report_init_error(runtime_api, instance.error());
    return std::unexpected(std::move(instance.error()));
  }
  (*instance)->begin_background_work();
  InvocationLoop loop(**instance, configuration, runtime_api, tell_deployment);
  auto reason = (*instance)->loop(0).run(loop.run());
  (*instance)->telemetry().warning("stop", reason.message);
  // The loop is destroyed next: no thread may run in it any more.
  (*instance)->stop();
  return std::unexpected(std::move(reason));
}

void report_init_error(const std::string& runtime_api, const Error& error) {
  EventLoop loop;
  loop.start();
  lambda::RuntimeApi api(loop.executor(), runtime_api);
  const std::string type = "Hearth.InitError";
  const auto told = loop.run(api.report_init_error(type, lambda::render_error(type, error.message),
                                                   application::deadline_in(init_report_timeout)));
  loop.stop();
  if (!told) std::cerr << "hearth: " << told.error().message << '\n';
}

}  // namespace hearth::bootstrap
