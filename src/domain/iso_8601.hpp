#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/flag.hpp"

namespace hearth::domain {

/// `2026-01-02T03:04:05Z`: a time of the years 0 to 9999 in UTC as the extended format of ISO 8601
/// has it, to the second, which is rounded down. Pure.
[[nodiscard]] std::string iso_8601_seconds(Timestamp time);

/// `2026-01-02T03:04:05.678Z`: the same with milliseconds. Pure.
[[nodiscard]] std::string iso_8601_milliseconds(Timestamp time);

/// Reads what `iso_8601_seconds` writes, and nothing else: no fractions, no other zone, no leap
/// second, no sign or blank for a digit. Pure.
[[nodiscard]] std::optional<Timestamp> parse_iso_8601_seconds(std::string_view text) noexcept;

}  // namespace hearth::domain
