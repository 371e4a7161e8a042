#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace hearth::domain {

/// The number of code points in `text`, or nothing if it is not well-formed UTF-8 (overlong
/// forms, surrogates and values above U+10FFFF are refused; RFC 3629, section 4).
[[nodiscard]] std::optional<std::size_t> utf8_length(std::string_view text) noexcept;

}  // namespace hearth::domain
