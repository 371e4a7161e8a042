#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "application/ports/warming_records.hpp"
#include "application/warm_report.hpp"

namespace hearth::adapters::redis {

// The marker and the records of warm runs as they stand in Redis: JSON objects, for programs of
// another version and for people with redis-cli alike. What cannot be read is nothing.

[[nodiscard]] std::string encode(const application::WarmMarker& marker);
[[nodiscard]] std::optional<application::WarmMarker> decode_marker(std::string_view text);

/// Without the sample.
[[nodiscard]] std::string encode(const application::WarmReport& report);
[[nodiscard]] std::optional<application::WarmReport> decode_report(std::string_view text);

}  // namespace hearth::adapters::redis
