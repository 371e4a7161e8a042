#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth::adapters::lambda {

/// Base64 with padding (RFC 4648, section 4), as bodies travel that are no text.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

/// The bytes; nothing if the text is no such base64.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace hearth::adapters::lambda
