#include "adapters/postgres/wire_format.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace hearth::adapters::postgres {
namespace {

// Type numbers, fixed for ever in PostgreSQL's catalog (pg_type.dat).
constexpr std::int32_t bool_oid = 16;
constexpr std::int32_t int8_oid = 20;
constexpr std::int32_t int4_oid = 23;
constexpr std::int32_t text_oid = 25;
constexpr std::int32_t float8_oid = 701;
constexpr std::int32_t timestamptz_oid = 1184;

constexpr domain::Timestamp postgres_epoch = std::chrono::sys_days{std::chrono::January / 1 / 2000};

template <class Unsigned>
void append_unsigned(std::string& out, Unsigned value) {
  for (int shift = (static_cast<int>(sizeof value) - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(value >> shift)));
  }
}

void append_int32(std::string& out, std::int32_t value) {
  append_unsigned(out, static_cast<std::uint32_t>(value));
}

void append_int64(std::string& out, std::int64_t value) {
  append_unsigned(out, static_cast<std::uint64_t>(value));
}

template <class Unsigned>
std::optional<Unsigned> decode_unsigned(std::string_view bytes) noexcept {
  if (bytes.size() != sizeof(Unsigned)) return std::nullopt;
  Unsigned value = 0;
  for (const char byte : bytes) {
    value = static_cast<Unsigned>((value << 8) | static_cast<unsigned char>(byte));
  }
  return value;
}

/// The header of an array of one dimension without NULLs.
std::string array_header(std::int32_t element_oid, std::size_t size, std::size_t element_bytes) {
  std::string out;
  out.reserve(20 + size * (4 + element_bytes));
  append_int32(out, size == 0 ? 0 : 1);  // dimensions; an empty array has none
  append_int32(out, 0);                  // no NULLs
  append_int32(out, element_oid);
  if (size == 0) return out;
  append_int32(out, static_cast<std::int32_t>(size));
  append_int32(out, 1);  // the first index
  return out;
}

std::int64_t microseconds_of(domain::Timestamp moment) {
  return std::chrono::microseconds(moment - postgres_epoch).count();
}

}  // namespace

Parameters& Parameters::add(std::optional<std::string> bytes) {
  if (bytes) {
    const auto& kept = storage_.emplace_back(std::move(*bytes));
    values_.push_back(kept.data());
    lengths_.push_back(static_cast<int>(kept.size()));
  } else {
    values_.push_back(nullptr);
    lengths_.push_back(0);
  }
  formats_.push_back(1);
  return *this;
}

Parameters& Parameters::text(std::string value) { return add(std::move(value)); }

Parameters& Parameters::text(std::optional<std::string> value) { return add(std::move(value)); }

Parameters& Parameters::boolean(std::optional<bool> value) {
  if (!value) return add(std::nullopt);
  return add(std::string(1, *value ? '\1' : '\0'));
}

Parameters& Parameters::integer(std::optional<std::int32_t> value) {
  if (!value) return add(std::nullopt);
  std::string bytes;
  append_int32(bytes, *value);
  return add(std::move(bytes));
}

Parameters& Parameters::bigint(std::optional<std::int64_t> value) {
  if (!value) return add(std::nullopt);
  std::string bytes;
  append_int64(bytes, *value);
  return add(std::move(bytes));
}

Parameters& Parameters::text_array(std::span<const std::string_view> values) {
  std::size_t bytes = 0;
  for (const auto value : values) bytes += value.size();
  auto out = array_header(text_oid, values.size(), 0);
  out.reserve(out.size() + values.size() * 4 + bytes);
  for (const auto value : values) {
    append_int32(out, static_cast<std::int32_t>(value.size()));
    out += value;
  }
  return add(std::move(out));
}

Parameters& Parameters::boolean_array(const std::vector<bool>& values) {
  auto out = array_header(bool_oid, values.size(), 1);
  for (const bool value : values) {
    append_int32(out, 1);
    out.push_back(value ? '\1' : '\0');
  }
  return add(std::move(out));
}

Parameters& Parameters::integer_array(std::span<const std::int32_t> values) {
  auto out = array_header(int4_oid, values.size(), 4);
  for (const auto value : values) {
    append_int32(out, 4);
    append_int32(out, value);
  }
  return add(std::move(out));
}

Parameters& Parameters::bigint_array(std::span<const std::int64_t> values) {
  auto out = array_header(int8_oid, values.size(), 8);
  for (const auto value : values) {
    append_int32(out, 8);
    append_int64(out, value);
  }
  return add(std::move(out));
}

Parameters& Parameters::timestamp_array(std::span<const domain::Timestamp> values) {
  auto out = array_header(timestamptz_oid, values.size(), 8);
  for (const auto value : values) {
    append_int32(out, 8);
    append_int64(out, microseconds_of(value));
  }
  return add(std::move(out));
}

Parameters& Parameters::double_array(std::span<const double> values) {
  auto out = array_header(float8_oid, values.size(), 8);
  for (const auto value : values) {
    append_int32(out, 8);
    append_int64(out, std::bit_cast<std::int64_t>(value));
  }
  return add(std::move(out));
}

std::int64_t as_bigint(std::uint64_t value) noexcept {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(value, most));
}

std::optional<bool> decode_boolean(std::string_view bytes) noexcept {
  if (bytes.size() != 1) return std::nullopt;
  return bytes.front() != '\0';
}

std::optional<std::int32_t> decode_integer(std::string_view bytes) noexcept {
  const auto value = decode_unsigned<std::uint32_t>(bytes);
  if (!value) return std::nullopt;
  return static_cast<std::int32_t>(*value);
}

std::optional<std::int64_t> decode_bigint(std::string_view bytes) noexcept {
  const auto value = decode_unsigned<std::uint64_t>(bytes);
  if (!value) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<double> decode_double(std::string_view bytes) noexcept {
  const auto value = decode_unsigned<std::uint64_t>(bytes);
  if (!value) return std::nullopt;
  return std::bit_cast<double>(*value);
}

std::optional<domain::Timestamp> decode_timestamp(std::string_view bytes) noexcept {
  const auto value = decode_bigint(bytes);
  if (!value || *value == std::numeric_limits<std::int64_t>::max() ||
      *value == std::numeric_limits<std::int64_t>::min()) {
    return std::nullopt;
  }
  return postgres_epoch +
         std::chrono::floor<std::chrono::milliseconds>(std::chrono::microseconds(*value));
}

}  // namespace hearth::adapters::postgres
