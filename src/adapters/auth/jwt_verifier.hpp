#pragma once

#include <string>
#include <string_view>

#include "application/ports/clock.hpp"
#include "application/ports/token_verifier.hpp"

namespace hearth::adapters::auth {

struct JwtSettings {
  std::string secret;    ///< of HS256
  std::string issuer;    ///< empty: any
  std::string audience;  ///< empty: any
  std::string admin_role = "admin";
};

/// JSON Web Tokens signed with a shared secret: HS256 and nothing else (RFC 7518, section 3.2),
/// `exp` required, `nbf`, `iss` and `aud` checked (RFC 7519). The admin role is looked for in
/// `role` (a text), `roles` and `cognito:groups` (a text or an array of texts).
class JwtVerifier final : public application::TokenVerifier {
 public:
  /// `clock` must outlive it.
  JwtVerifier(JwtSettings settings, const application::Clock& clock);

  domain::Result<application::Principal> verify(std::string_view token) const override;

 private:
  JwtSettings settings_;
  const application::Clock& clock_;
};

}  // namespace hearth::adapters::auth
