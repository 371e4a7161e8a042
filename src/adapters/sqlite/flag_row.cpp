#include "adapters/sqlite/flag_row.hpp"

#include <algorithm>
#include <limits>

namespace hearth::adapters::sqlite {

std::int64_t as_integer(std::uint64_t value) noexcept {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(value, most));
}

domain::Timestamp as_moment(std::int64_t milliseconds) noexcept {
  return domain::Timestamp(std::chrono::milliseconds(milliseconds));
}

domain::Result<domain::Flag> read_flag(const Query& row) {
  auto key = domain::FlagKey::parse(row.text(0));
  if (!key) {
    return domain::fail(domain::ErrorCode::misconfigured,
                        "A row of feature_flags cannot be read; undo changes that were made to its "
                        "columns or checks by hand");
  }
  return domain::Flag{.key = std::move(*key),
                      .enabled = row.integer(1) != 0,
                      .rollout_percentage = static_cast<int>(row.integer(2)),
                      .description = std::string(row.text(3)),
                      .version = static_cast<domain::Version>(row.integer(4)),
                      .created_at = as_moment(row.integer(5)),
                      .updated_at = as_moment(row.integer(6))};
}

}  // namespace hearth::adapters::sqlite
