#pragma once

#include <cstdint>

#include "adapters/sqlite/database.hpp"
#include "domain/error.hpp"
#include "domain/flag.hpp"

namespace hearth::adapters::sqlite {

/// Every statement that gives flags names these columns first: flag_key, enabled,
/// rollout_percentage, description, version, created_at, updated_at, in this order.
inline constexpr int flag_columns = 7;

/// SQLite's numbers are signed; nothing real comes near the difference, which is cut off.
[[nodiscard]] std::int64_t as_integer(std::uint64_t value) noexcept;

[[nodiscard]] domain::Timestamp as_moment(std::int64_t milliseconds) noexcept;

/// The flag in the present row. `misconfigured` if it cannot be read.
[[nodiscard]] domain::Result<domain::Flag> read_flag(const Query& row);

}  // namespace hearth::adapters::sqlite
