#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/flag.hpp"

/// PostgreSQL's binary formats, by hand: big-endian numbers, microseconds since 2000-01-01, and
/// arrays as array_recv reads them (src/backend/utils/adt/arrayfuncs.c).
namespace hearth::adapters::postgres {

/// The parameters of one statement, in the shape that PQsendQueryPrepared takes: pointers,
/// lengths, formats. Owns what they point to. All in binary.
class Parameters {
 public:
  Parameters& text(std::string value);
  Parameters& text(std::optional<std::string> value);
  Parameters& boolean(std::optional<bool> value);
  Parameters& integer(std::optional<std::int32_t> value);
  Parameters& bigint(std::optional<std::int64_t> value);

  Parameters& text_array(std::span<const std::string_view> values);
  Parameters& boolean_array(const std::vector<bool>& values);
  Parameters& integer_array(std::span<const std::int32_t> values);
  Parameters& bigint_array(std::span<const std::int64_t> values);
  Parameters& timestamp_array(std::span<const domain::Timestamp> values);
  Parameters& double_array(std::span<const double> values);

  [[nodiscard]] int count() const noexcept { return static_cast<int>(values_.size()); }
  /// Valid until the next parameter is added.
  [[nodiscard]] const char* const* values() const noexcept { return values_.data(); }
  [[nodiscard]] const int* lengths() const noexcept { return lengths_.data(); }
  [[nodiscard]] const int* formats() const noexcept { return formats_.data(); }

 private:
  Parameters& add(std::optional<std::string> bytes);

  std::deque<std::string> storage_;  // a deque does not move its strings
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

/// PostgreSQL's numbers are signed; nothing real comes near the difference, which is cut off.
[[nodiscard]] std::int64_t as_bigint(std::uint64_t value) noexcept;

/// One column of one row as the server sent it. Nothing is copied.
[[nodiscard]] std::optional<bool> decode_boolean(std::string_view bytes) noexcept;
[[nodiscard]] std::optional<std::int32_t> decode_integer(std::string_view bytes) noexcept;
[[nodiscard]] std::optional<std::int64_t> decode_bigint(std::string_view bytes) noexcept;
[[nodiscard]] std::optional<double> decode_double(std::string_view bytes) noexcept;
/// Rounded down to milliseconds. Nothing for `infinity`, which is no moment.
[[nodiscard]] std::optional<domain::Timestamp> decode_timestamp(std::string_view bytes) noexcept;

}  // namespace hearth::adapters::postgres
