#pragma once

#include <string>
#include <string_view>

namespace hearth::adapters::aws {

/// What came back from one attempt to call an AWS service of the JSON 1.1 protocol.
struct CallAnswer {
  int status = 0;          ///< HTTP; 0: no answer, `error_message` says why
  bool can_help = true;    ///< of status 0: the same attempt may succeed later
  std::string error_type;  ///< `ThrottlingException`, without a namespace; empty if accepted
  std::string error_message;
};

/// What to do about it.
enum class CallVerdict {
  accepted,       ///< the service has taken it
  try_again,      ///< it was throttled, or failed on the other side, or did not arrive
  not_permitted,  ///< the signature or the rights of the caller are refused
  refused,        ///< the request itself is; it would be again
  unreachable,    ///< it cannot be sent at all, whenever it is tried
};

/// The verdict on an answer. A hook which already has its status counts as accepted: an earlier
/// attempt of which the answer was lost has arrived, or the event was delivered twice. Pure.
[[nodiscard]] CallVerdict judge(const CallAnswer& answer);

/// The answer of that HTTP status and body: the body of an error is
/// `{"__type":"namespace#ThrottlingException","message":"..."}`, with or without the namespace;
/// anything else gives an empty type. Pure.
[[nodiscard]] CallAnswer read_answer(int status, std::string_view body);

}  // namespace hearth::adapters::aws
