#include "adapters/aws/call_verdict.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace hearth::adapters::aws {
namespace {

// The names under which services of AWS throttle; a service picks one, and clients of them all
// (the retry behaviour of the AWS SDKs) take each of them for what it says.
constexpr auto throttling = std::to_array<std::string_view>(
    {"ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException",
     "RequestThrottled", "RequestThrottledException", "RequestLimitExceeded", "SlowDown",
     "PriorRequestNotComplete", "LimitExceededException"});

constexpr auto transient = std::to_array<std::string_view>(
    {"RequestTimeout", "RequestTimeoutException", "InternalFailure", "InternalServerError",
     "ServiceUnavailable", "ServiceUnavailableException"});

constexpr auto not_permitted = std::to_array<std::string_view>(
    {"AccessDeniedException", "AccessDenied", "UnrecognizedClientException",
     "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignatureException",
     "IncompleteSignature", "MissingAuthenticationTokenException", "MissingAuthenticationToken",
     "InvalidClientTokenId", "ExpiredTokenException", "ExpiredToken", "NotAuthorized",
     "OptInRequired", "RequestExpired"});

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

CallVerdict judge(const CallAnswer& answer) {
  const auto& type = answer.error_type;
  if (answer.status == 0) {
    return answer.can_help ? CallVerdict::try_again : CallVerdict::unreachable;
  }
  if (answer.status >= 200 && answer.status < 300) return CallVerdict::accepted;
  if (type == "LifecycleEventAlreadyCompletedException") return CallVerdict::accepted;
  if (answer.status >= 500 || answer.status == 429 || answer.status == 408) {
    return CallVerdict::try_again;
  }
  if (is_one_of(throttling, type) || is_one_of(transient, type)) return CallVerdict::try_again;
  if (answer.status == 401 || answer.status == 403 || is_one_of(not_permitted, type)) {
    return CallVerdict::not_permitted;
  }
  return CallVerdict::refused;
}

CallAnswer read_answer(int status, std::string_view body) {
  CallAnswer answer{.status = status, .can_help = true, .error_type = {}, .error_message = {}};
  if (status >= 200 && status < 300) return answer;
  boost::json::error_code mistake;
  const auto document = boost::json::parse(body, mistake);
  if (mistake || !document.is_object()) return answer;
  const auto& object = document.get_object();
  answer.error_type = text_of(object, "__type");
  answer.error_type.erase(0, answer.error_type.find_last_of('#') + 1);
  answer.error_message = text_of(object, "message");
  if (answer.error_message.empty()) answer.error_message = text_of(object, "Message");
  return answer;
}

}  // namespace hearth::adapters::aws
