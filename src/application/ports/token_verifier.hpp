#pragma once

#include <string>
#include <string_view>

#include "domain/error.hpp"

namespace hearth::application {

/// Who a valid token speaks for.
struct Principal {
  std::string subject;
  bool is_admin = false;
};

/// One way to know a bearer token: the administrator's fixed token, JWTs with a shared secret,
/// and later JWTs signed by keys of a JWKS.
class TokenVerifier {
 public:
  virtual ~TokenVerifier() = default;

  /// `unauthenticated` for every token that is not valid, whatever is wrong with it, with the
  /// same message. Secrets are compared in constant time. Threading: any thread.
  [[nodiscard]] virtual domain::Result<Principal> verify(std::string_view token) const = 0;
};

}  // namespace hearth::application
