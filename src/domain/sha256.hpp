#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hearth::domain {

/// SHA-256 of FIPS 180-4. Written here because the domain knows the standard library alone and
/// bucketing must give the same answer for ever; tests hold it against OpenSSL.
[[nodiscard]] std::array<std::uint8_t, 32> sha256(std::string_view message) noexcept;

}  // namespace hearth::domain
