#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace hearth::domain {

/// What went wrong, in hearth's own terms. Adapters translate their drivers' errors into these;
/// `adapters/http/error_mapping` turns them into statuses, and nothing else knows both sides.
enum class ErrorCode {
  validation,         ///< the caller's input is wrong; the message says how to put it right
  not_found,          ///< no live flag of that key in that environment
  already_exists,     ///< a live flag of that key is there already
  version_mismatch,   ///< the flag has changed since the version that the caller named
  unauthenticated,    ///< no credentials, or none that are valid
  forbidden,          ///< valid credentials without the role that is needed
  unavailable,        ///< a dependency cannot be reached or gave up; trying again may help
  deadline_exceeded,  ///< the time allowed has passed; the work may or may not have been done
  in_doubt,           ///< a change was sent and its outcome is not known: read before trying again
  misconfigured,      ///< a setting, a schema or an installation is wrong; an operator must act
  internal,           ///< a bug in hearth
};

/// The code's stable, lower-case name, for logs (`validation`, `not_found`, ...).
[[nodiscard]] std::string_view name_of(ErrorCode code) noexcept;

/// A failure as a value. `message` is one sentence for the person who can act on it; it never
/// holds a secret.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

/// The result of everything that can fail for a reason outside the program.
/// (`std::expected` of libstdc++ 12 is not `[[nodiscard]]`; functions that return one are.)
template <class T>
using Result = std::expected<T, Error>;

/// Shorthand for `return fail(ErrorCode::not_found, "...")`.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace hearth::domain
