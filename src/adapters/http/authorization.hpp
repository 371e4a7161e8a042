#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "application/ports/token_verifier.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::http {

/// Decides who may use the admin API, from the header `Authorization: Bearer TOKEN`.
/// Threading: any thread.
class Authorization {
 public:
  /// Each verifier is asked about each token. With none, nobody is let in.
  explicit Authorization(std::vector<std::unique_ptr<application::TokenVerifier>> verifiers);

  /// `unauthenticated` without a valid token, `forbidden` with one that lacks the admin role.
  /// Answers alike whatever is wrong with the token, and asks every verifier about each.
  [[nodiscard]] domain::Result<application::Principal> require_admin(
      std::string_view authorization_header) const;

 private:
  std::vector<std::unique_ptr<application::TokenVerifier>> verifiers_;
};

}  // namespace hearth::adapters::http
