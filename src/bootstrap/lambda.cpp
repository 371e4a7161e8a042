#include "bootstrap/lambda.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "adapters/aws/code_deploy.hpp"
#include "adapters/aws/code_deploy_settings.hpp"
#include "adapters/lambda/answer.hpp"
#include "adapters/lambda/budgets.hpp"
#include "adapters/lambda/freeze_watch.hpp"
#include "adapters/lambda/runtime_api.hpp"
#include "application/within.hpp"
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
/// For what is done between an answer and the next invocation; it is paid for.
constexpr std::chrono::milliseconds rest_budget{300};
/// For a quick reconnect and the proof of the cache before a request; a cache that could not be
/// proven the last time is not waited for.
constexpr std::chrono::milliseconds thaw_patience{150};
constexpr std::chrono::milliseconds thaw_without_hope{10};

/// The loop: next, handle, respond, rest.
class InvocationLoop {
 public:
  InvocationLoop(Instance& instance, const Configuration& configuration,
                 const std::string& runtime_api, ReportHook report_hook)
      : instance_(instance),
        executor_(instance.loop(0).executor()),
        configured_init_(configuration.lambda_init_warm),
        api_(executor_, runtime_api),
        freezes_(instance.clock()),
        invocations_(instance, configuration, std::move(report_hook)) {}

  /// Until the Runtime API breaks; gives the reason.
  Task<Error> run() {
    co_await warm(configured_init_);
    // Not earlier: it would log in to the database a second time beside the warm run's own query.
    instance_.begin_interruptible_work();
    while (true) {
      freezes_.rest();
      auto invocation = co_await api_.next();
      if (!invocation) co_return std::move(invocation.error());
      instance_.tag_log(invocation->request_id, invocation->trace_id);
      co_await wake();
      auto done = co_await work_off(std::move(*invocation));
      if (!done && done.error().code == ErrorCode::unavailable) co_return std::move(done.error());
    }
  }

 private:
  /// What is not warm by then is warmed between invocations.
  Task<void> warm(std::chrono::milliseconds budget) {
    if (budget.count() > 0) {
      const auto deadline = application::deadline_in(budget);
      (void)co_await application::within(executor_, deadline, instance_.warm_at_start(deadline));
    }
    instance_.readiness().first_warm_run_is_over();
  }

  Task<void> wake() {
    const auto thaw = freezes_.wake();
    if (!thaw.proves_cache) co_return;
    const auto patience = cache_is_proven_ ? thaw_patience : thaw_without_hope;
    const auto deadline = application::deadline_in(patience);
    auto thawing = instance_.thaw(thaw.unseen, thaw.renews_connections, deadline);
    const auto proven = co_await application::within(executor_, deadline, std::move(thawing));
    cache_is_proven_ = proven.value_or(false);
  }

  Task<void> rest(const lambda::Invocation& invocation) {
    const auto time = lambda::rest_time(remaining(invocation), rest_budget);
    const auto deadline = application::deadline_in(time);
    (void)co_await application::within(executor_, deadline, instance_.rest(deadline));
  }

  [[nodiscard]] std::chrono::milliseconds remaining(const lambda::Invocation& invocation) const {
    return std::max(invocation.deadline - instance_.clock().now(), std::chrono::milliseconds(0));
  }

  Task<Result<void>> work_off(lambda::Invocation invocation) {
    const auto left = remaining(invocation);
    const auto work_until = application::deadline_in(lambda::work_time(left));
    auto outcome = co_await invocations_.handle(std::move(invocation.event), work_until);
    auto told = co_await answer(invocation, std::move(outcome));
    co_await rest(invocation);
    co_return told;
  }

  Task<Result<void>> answer(const lambda::Invocation& invocation, InvocationOutcome outcome) {
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
  const application::Executor executor_;
  const std::chrono::milliseconds configured_init_;
  lambda::RuntimeApi api_;
  lambda::FreezeWatch freezes_;
  Invocations invocations_;
  bool cache_is_proven_ = true;  ///< when that was tried last
};

/// Blocks the thread of the invocations, which has nothing else to do meanwhile.
Result<void> tell_deployment(const lambda::DeploymentHookEvent& event, Deadline deadline) {
  const auto settings = adapters::aws::code_deploy_settings(
      [variables = process_environment()](std::string_view name) -> std::optional<std::string> {
        const auto known = variables.find(name);
        if (known == variables.end()) return std::nullopt;
        return known->second;
      });
  if (!settings) return std::unexpected(settings.error());
  return adapters::aws::put_hook_status(*settings, {event.deployment_id, event.execution_id},
                                        adapters::aws::HookStatus::succeeded, deadline);
}

}  // namespace

Variables lambda_defaults() {
  return {{"NEAR_CACHE_TTL_MS", "0"}, {"THREADS", "1"}, {"ACCESS_FLUSH_SECONDS", "60"}};
}

Result<void> serve_invocations(Configuration configuration, const std::string& runtime_api) {
  configuration.is_frozen_between_requests = true;
  auto instance = Instance::start(configuration);
  if (!instance) {
    report_init_error(runtime_api, instance.error());
    return std::unexpected(std::move(instance.error()));
  }
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
