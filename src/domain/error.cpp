#include "domain/error.hpp"

namespace hearth::domain {

std::string_view name_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::validation: return "validation";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::already_exists: return "already_exists";
    case ErrorCode::version_mismatch: return "version_mismatch";
    case ErrorCode::unauthenticated: return "unauthenticated";
    case ErrorCode::forbidden: return "forbidden";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::deadline_exceeded: return "deadline_exceeded";
    case ErrorCode::in_doubt: return "in_doubt";
    case ErrorCode::misconfigured: return "misconfigured";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

}  // namespace hearth::domain
