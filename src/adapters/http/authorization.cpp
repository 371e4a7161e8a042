#include "adapters/http/authorization.hpp"

#include <optional>
#include <utility>

namespace hearth::adapters::http {
namespace {

using application::Principal;
using domain::ErrorCode;

/// RFC 6750, section 2.1; the scheme's name is compared without case (RFC 9110, section 11.1).
std::string_view bearer_token(std::string_view header) {
  constexpr std::string_view scheme = "bearer ";
  if (header.size() < scheme.size()) return {};
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = header[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != scheme[i]) return {};
  }
  header.remove_prefix(scheme.size());
  while (header.starts_with(' ')) header.remove_prefix(1);
  return header;
}

}  // namespace

Authorization::Authorization(std::vector<std::unique_ptr<application::TokenVerifier>> verifiers)
    : verifiers_(std::move(verifiers)) {}

domain::Result<Principal> Authorization::require_admin(std::string_view header) const {
  const auto token = bearer_token(header);
  std::optional<Principal> known;
  // All verifiers, even after one has said yes: the time taken tells nothing.
  for (const auto& verifier : verifiers_) {
    auto principal = verifier->verify(token);
    if (principal && (!known || principal->is_admin)) known = std::move(*principal);
  }
  if (!known) {
    return domain::fail(ErrorCode::unauthenticated,
                        "The admin API needs a valid token: Authorization: Bearer TOKEN");
  }
  if (!known->is_admin) {
    return domain::fail(ErrorCode::forbidden, "This token does not carry the admin role");
  }
  return std::move(*known);
}

}  // namespace hearth::adapters::http
