#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "application/ports/token_verifier.hpp"

namespace hearth::adapters::auth {

/// The administrator's fixed token (ADMIN_TOKEN). Keeps only its digest, and compares digests in
/// constant time.
class FixedTokenVerifier final : public application::TokenVerifier {
 public:
  explicit FixedTokenVerifier(std::string_view token);

  domain::Result<application::Principal> verify(std::string_view token) const override;

 private:
  std::array<std::uint8_t, 32> digest_;
};

}  // namespace hearth::adapters::auth
