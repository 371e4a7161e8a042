#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "application/ports/cache_adapter.hpp"
#include "domain/flag.hpp"

namespace hearth::adapters::redis {

/// A flag or a tombstone as it stands in Redis: JSON whose first member is the version in fixed
/// width, so that the fence compares it without parsing.
/// `expires_at` is when the entry's TTL will have run out.
[[nodiscard]] std::string encode(const domain::FlagState& state, domain::Timestamp expires_at);

/// The same, appended to `out`.
void append_encoded(std::string& out, const domain::FlagState& state, domain::Timestamp expires_at);

/// When the TTL of this value will have run out, as it says itself; nothing if it does not.
[[nodiscard]] std::optional<domain::Timestamp> expiry_of(std::string_view value);

/// What `value` says of `key`; a miss if it is not one of hearth's values, whole and in range,
/// for that very key.
[[nodiscard]] application::CacheLookup decode(domain::FlagKeyView key, std::string_view value);

/// The same for a read at `now`, which makes do with a view of `key` and `value` where that can be.
[[nodiscard]] application::CacheRead decode_read(domain::FlagKeyView key, std::string_view value,
                                                 domain::Timestamp now);

}  // namespace hearth::adapters::redis
