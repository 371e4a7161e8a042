#include "adapters/aws/code_deploy.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <string_view>
#include <thread>

#include "adapters/aws/call_verdict.hpp"
#include "adapters/aws/curl_library.hpp"
#include "application/backoff.hpp"

namespace hearth::adapters::aws {
namespace {

using domain::ErrorCode;
using domain::fail;
using domain::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t most_answer_bytes = 64UL * 1024;
constexpr application::Backoff::Limits wait_limits{.first = milliseconds(200),
                                                   .most = milliseconds(5000)};

/// A request as it goes out at every attempt; libcurl signs it anew each time.
struct Request {
  std::string url;
  std::string signature_scope;
  std::string body;
  std::vector<std::string> headers;
};

Request request_of(const CodeDeploySettings& settings, const LifecycleHook& hook,
                   HookStatus status) {
  boost::json::object body;
  body["deploymentId"] = hook.deployment_id;
  body["lifecycleEventHookExecutionId"] = hook.execution_id;
  body["status"] = status == HookStatus::succeeded ? "Succeeded" : "Failed";
  Request request{
      .url = settings.endpoint + (settings.endpoint.ends_with('/') ? "" : "/"),
      .signature_scope = "aws:amz:" + settings.region + ":codedeploy",
      .body = boost::json::serialize(body),
      .headers = {"Content-Type: application/x-amz-json-1.1",
                  "X-Amz-Target: CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus"}};
  if (!settings.credentials.session_token.empty()) {
    request.headers.push_back("X-Amz-Security-Token: " + settings.credentials.session_token);
  }
  return request;
}

/// libcurl's callback for the bytes of an answer. What is beyond the limit is dropped.
std::size_t append_answer(const char* bytes, std::size_t one, std::size_t count, void* answer) {
  auto& body = *static_cast<std::string*>(answer);
  body.append(bytes, std::min(one * count, most_answer_bytes - body.size()));
  return one * count;
}

/// Whether an attempt that ended like this may succeed when it is repeated.
bool can_help_to_repeat(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_NOT_BUILT_IN: return false;
    default: return true;
  }
}

CallAnswer no_answer(const CurlLibrary& curl, CURLcode code) {
  return {.status = 0,
          .can_help = can_help_to_repeat(code),
          .error_type = {},
          .error_message = curl.easy_strerror(code)};
}

/// One attempt over a connection of its own.
CallAnswer call_once(const CurlLibrary& curl, const CodeDeploySettings& settings,
                     const Request& request, milliseconds timeout) {
  const std::unique_ptr<CURL, decltype(curl.easy_cleanup)> handle(curl.easy_init(),
                                                                  curl.easy_cleanup);
  if (!handle) return no_answer(curl, CURLE_FAILED_INIT);

  curl_slist* list = nullptr;
  for (const auto& header : request.headers) {
    auto* longer = curl.slist_append(list, header.c_str());
    if (longer == nullptr) {
      curl.slist_free_all(list);
      return no_answer(curl, CURLE_OUT_OF_MEMORY);
    }
    list = longer;
  }
  const std::unique_ptr<curl_slist, decltype(curl.slist_free_all)> headers(list,
                                                                           curl.slist_free_all);
  std::string body;
  CURLcode code = CURLE_OK;
  const auto set = [&](CURLoption option, auto value) {
    if (code == CURLE_OK) code = curl.easy_setopt(handle.get(), option, value);
  };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  set(CURLOPT_AWS_SIGV4, request.signature_scope.c_str());
  set(CURLOPT_USERNAME, settings.credentials.access_key_id.c_str());
  set(CURLOPT_PASSWORD, settings.credentials.secret_access_key.c_str());
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
  set(CURLOPT_POSTFIELDS, request.body.c_str());
  set(CURLOPT_WRITEFUNCTION, &append_answer);
  set(CURLOPT_WRITEDATA, &body);
  if (!settings.certificate_bundle.empty()) {
    set(CURLOPT_CAINFO, settings.certificate_bundle.c_str());
  }
  if (code == CURLE_OK) code = curl.easy_perform(handle.get());
  if (code != CURLE_OK) return no_answer(curl, code);

  long status = 0;
  curl.easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  return read_answer(static_cast<int>(status), body);
}

/// For people. AWS explains a wrong signature by what it has signed itself, the session token
/// included: such an explanation is left out.
std::string description_of(const CallAnswer& answer, const Credentials& credentials) {
  constexpr std::size_t longest_message = 500;
  std::string text = answer.status == 0 ? "no answer" : "HTTP " + std::to_string(answer.status);
  if (!answer.error_type.empty()) text += ", " + answer.error_type;
  const auto& token = credentials.session_token;
  const bool has_secret = !token.empty() && answer.error_message.find(token) != std::string::npos;
  if (!answer.error_message.empty() && !has_secret) {
    text += ": " + answer.error_message.substr(0, longest_message);
  }
  return text;
}

}  // namespace

Result<void> put_hook_status(const CodeDeploySettings& settings, const LifecycleHook& hook,
                             HookStatus status, steady_clock::time_point deadline) {
  const auto curl = curl_library();
  if (!curl) return std::unexpected(curl.error());

  const auto request = request_of(settings, hook, status);
  application::Backoff backoff(wait_limits);
  std::random_device random;
  std::string last = "nothing was sent";
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left <= milliseconds(0)) break;
    const auto answer =
        call_once(**curl, settings, request, std::min(left, settings.attempt_timeout));
    last = description_of(answer, settings.credentials);
    switch (judge(answer)) {
      case CallVerdict::accepted: return {};
      case CallVerdict::refused:
        return fail(ErrorCode::validation, "CodeDeploy refuses the status of the hook: " + last);
      case CallVerdict::not_permitted:
        return fail(ErrorCode::misconfigured,
                    "CodeDeploy refuses the caller; check the role's permission "
                    "codedeploy:PutLifecycleEventHookExecutionStatus: " +
                        last);
      case CallVerdict::unreachable:
        return fail(ErrorCode::misconfigured, "CodeDeploy cannot be called: " + last);
      case CallVerdict::try_again: break;
    }
    const auto wait = backoff.next((std::uint64_t{random()} << 32) | random());
    if (steady_clock::now() + wait >= deadline) break;
    std::this_thread::sleep_for(wait);
  }
  return fail(ErrorCode::deadline_exceeded,
              "CodeDeploy has not taken the status of the hook in time; the last attempt: " + last);
}

}  // namespace hearth::adapters::aws
