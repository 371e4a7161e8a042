#pragma once

#include <cstdint>
#include <string>

namespace hearth::bench {

/// Statements that the database has run to read flags, by its own count (pg_stat_statements).
struct DatabaseReads {
  std::uint64_t for_flags = 0;    ///< that fetched flags, for reads and for warm runs
  std::uint64_t for_changes = 0;  ///< that looked whether anything has changed

  [[nodiscard]] DatabaseReads operator-(const DatabaseReads& earlier) const noexcept {
    return {for_flags - earlier.for_flags, for_changes - earlier.for_changes};
  }
};

/// So far, in the database of that URL, which has the extension pg_stat_statements. Throws
/// std::runtime_error with the server's message.
[[nodiscard]] DatabaseReads database_reads(const std::string& database_url);

}  // namespace hearth::bench
