#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace hearth::adapters::http {

/// A request of which nothing matters but its target, as a view into the bytes it came in.
struct PlainRequest {
  std::string_view target;
  std::size_t size = 0;  ///< from its first byte to the empty line, which is included
};

/// The request at the front of `bytes`, if it is whole and plain: a GET in HTTP/1.1 with one Host,
/// without a body, on a connection that stays open. No header of it asks for anything that hearth
/// acts upon where everybody may read.
///
/// Nothing is refused here: what is not recognised is for the parser of HTTP, which decides what it
/// is. Everything that is recognised that parser takes alike, as a test makes sure; for that
/// reason `bytes` are no more than the parser would take for a header.
[[nodiscard]] std::optional<PlainRequest> recognise_plain_request(std::string_view bytes) noexcept;

}  // namespace hearth::adapters::http
