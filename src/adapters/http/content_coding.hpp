#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth::adapters::http {

/// Whether a client that sent this Accept-Encoding takes gzip (RFC 9110, section 12.5.3): named,
/// or meant by `*`, with a weight above 0. Empty: it takes nothing but the identity.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

/// The text in the gzip format (RFC 1952), quickly rather than well. Nothing if memory is short.
[[nodiscard]] std::optional<std::string> gzip(std::string_view text);

}  // namespace hearth::adapters::http
