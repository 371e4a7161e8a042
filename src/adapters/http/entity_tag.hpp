#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth::adapters::http {

/// The weak entity tag of what has this fingerprint (RFC 9110, section 8.8.3): weak, because the
/// same flags are the same answer in any content coding.
[[nodiscard]] std::string weak_entity_tag(std::uint64_t fingerprint);

/// Whether a client that sent this If-None-Match has what `tag` names, by the weak comparison of
/// RFC 9110, section 13.1.2: a list of tags, or `*`. What is malformed matches nothing.
[[nodiscard]] bool is_matched(std::string_view if_none_match, std::string_view tag);

}  // namespace hearth::adapters::http
