#include "bootstrap/invocations.hpp"

#include <chrono>
#include <utility>
#include <variant>

#include "adapters/http/error_mapping.hpp"
#include "application/within.hpp"
#include "bootstrap/http_routes.hpp"

namespace hearth::bootstrap {
namespace {

namespace http = adapters::http;
namespace lambda = adapters::lambda;
using application::Deadline;
using application::Task;
using application::WarmReport;
using application::WarmRequest;
using domain::ErrorCode;

/// As the server's limit.
constexpr std::size_t most_body_bytes = std::size_t{64} << 10;
/// What is kept of a hook's time for telling the deployment.
constexpr std::chrono::seconds longest_report{5};

http::Request to_request(lambda::HttpEvent event) {
  http::Request request;
  request.method = std::move(event.method);
  request.target = std::move(event.target);
  request.headers = std::move(event.headers);
  request.body = std::move(event.body);
  request.declares_body = true;  // an event has its body in full
  return request;
}

lambda::HttpAnswer to_answer(http::Response response, bool with_body) {
  lambda::HttpAnswer answer;
  answer.status = response.status;
  answer.reason = http::reason_phrase(response.status);
  if (http::has_content(response.status)) {
    answer.headers.emplace_back("Content-Type", std::string(response.content_type));
  }
  for (auto& field : response.headers) answer.headers.push_back(std::move(field));
  if (with_body) answer.body = std::move(response.body);
  return answer;
}

bool only_reads(const std::string& method) { return method == "GET" || method == "HEAD"; }

/// The time is up, and what was asked for goes on or is lost when the process is frozen.
http::Response out_of_time(bool only_read) {
  if (!only_read) {
    return http::protocol_error(504, "IN_DOUBT",
                                "The change took longer than the invocation may; read before "
                                "trying again");
  }
  auto response = http::protocol_error(
      503, "UNAVAILABLE", "There was no answer within the invocation's time; try again soon");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

http::Response too_large(std::size_t limit) {
  return http::protocol_error(502, "RESPONSE_TOO_LARGE",
                              "The answer has more than the " + std::to_string(limit) +
                                  " bytes that may be sent this way; ask for less");
}

InvocationOutcome failed(std::string_view type, std::string_view message) {
  return {lambda::render_error(type, message), std::string(type)};
}

}  // namespace

Invocations::Invocations(Instance& instance, const Configuration& configuration,
                         ReportHook report_hook)
    : instance_(instance),
      environment_(configuration.environment),
      report_hook_(std::move(report_hook)),
      authorization_(make_authorization(configuration, instance.clock())),
      routes_(route_parts(instance, 0, authorization_, configuration)),
      log_(instance.telemetry()) {}

Task<InvocationOutcome> Invocations::handle(std::string event, Deadline deadline) {
  std::string thrown;
  try {
    auto recognised = lambda::recognise_event(event);
    if (!recognised) co_return failed("Hearth.UnknownEvent", recognised.error().message);
    if (auto* request = std::get_if<lambda::HttpEvent>(&*recognised)) {
      co_return co_await answer(std::move(*request), deadline);
    }
    if (auto* warm_event = std::get_if<lambda::WarmEvent>(&*recognised)) {
      co_return co_await answer(std::move(*warm_event), deadline);
    }
    auto hook = std::get<lambda::DeploymentHookEvent>(std::move(*recognised));
    co_return co_await answer(std::move(hook), deadline);
  } catch (const std::exception& failure) {
    thrown = failure.what();  // such as running out of memory: the next invocation may succeed
  }
  co_return failed("Hearth.Internal", thrown);
}

Task<InvocationOutcome> Invocations::answer(HttpEvent event, Deadline deadline) {
  HttpEvent form;  // what the answer's form depends on
  form.format = event.format;
  form.multiple_values = event.multiple_values;
  const bool with_body = event.method != "HEAD";
  auto response = co_await call_routes(std::move(event), deadline);
  auto body = lambda::render_http_answer(form, to_answer(std::move(response), with_body));
  const auto limit = lambda::most_answer_bytes(form.format);
  if (body.size() > limit) {
    body = lambda::render_http_answer(form, to_answer(too_large(limit), with_body));
  }
  co_return InvocationOutcome{std::move(body)};
}

Task<http::Response> Invocations::call_routes(HttpEvent event, Deadline deadline) {
  if (event.body.size() > most_body_bytes) {
    co_return http::protocol_error(413, "BODY_TOO_LARGE", "The body has at most 64 KiB");
  }
  const auto begun = instance_.clock().steady_now();
  const bool only_read = only_reads(event.method);
  auto call = routes_.handle(to_request(std::move(event)));
  auto response =
      co_await application::within(instance_.loop(0).executor(), deadline, std::move(call));
  if (!response) response = out_of_time(only_read);
  log_.answered(response->route, response->status, instance_.clock().steady_now() - begun);
  co_return std::move(*response);
}

Task<WarmReport> Invocations::warm(WarmRequest request, Deadline deadline) {
  WarmReport without{.id = {},
                     .trigger = request.trigger,
                     .environment = request.environment,
                     .started_at = instance_.clock().now(),
                     .error = std::nullopt};
  const auto begun = instance_.clock().steady_now();
  auto run = instance_.service(0).warm_cache(std::move(request));
  auto report =
      co_await application::within(instance_.loop(0).executor(), deadline, std::move(run));
  if (report) co_return std::move(*report);
  without.duration = instance_.clock().steady_now() - begun;
  without.error =
      domain::Error{ErrorCode::deadline_exceeded, "The run took longer than the invocation may"};
  instance_.telemetry().warm_run_finished(without);
  co_return without;
}

Task<InvocationOutcome> Invocations::answer(lambda::WarmEvent event, Deadline deadline) {
  WarmRequest request{.environment = environment_};
  request.trigger = event.trigger;
  request.keys = std::move(event.keys);
  request.count = event.top_n;
  request.scheduled_for = event.scheduled_for;
  const auto report = co_await warm(std::move(request), deadline);
  co_return InvocationOutcome{lambda::render_warm_answer(report)};
}

Task<InvocationOutcome> Invocations::answer(lambda::DeploymentHookEvent event, Deadline deadline) {
  const auto now = instance_.clock().steady_now();
  // At least half of the time is for the report: a deployment that is not told waits for an hour.
  const auto warm_until = std::max(deadline - longest_report, now + (deadline - now) / 2);
  WarmRequest request{.environment = environment_};
  request.trigger = application::WarmTrigger::deployment;
  request.deployment_id = event.deployment_id;
  const auto report = co_await warm(std::move(request), warm_until);
  if (report.error) {
    instance_.telemetry().warning(
        "deployment_hook", "The deployment goes on with a cold cache: " + report.error->message);
  }
  const auto told = report_hook_(event, deadline);
  if (!told) co_return failed("Hearth.DeploymentNotTold", told.error().message);
  co_return InvocationOutcome{lambda::render_hook_answer("Succeeded")};
}

}  // namespace hearth::bootstrap
