#include "adapters/auth/fixed_token_verifier.hpp"

#include <openssl/crypto.h>

#include "domain/sha256.hpp"

namespace hearth::adapters::auth {

FixedTokenVerifier::FixedTokenVerifier(std::string_view token) : digest_(domain::sha256(token)) {}

domain::Result<application::Principal> FixedTokenVerifier::verify(std::string_view token) const {
  const auto digest = domain::sha256(token);
  if (CRYPTO_memcmp(digest.data(), digest_.data(), digest.size()) != 0) {
    return domain::fail(domain::ErrorCode::unauthenticated, "The token is not valid");
  }
  return application::Principal{"admin-token", true};
}

}  // namespace hearth::adapters::auth
