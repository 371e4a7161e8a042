#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace hearth::bench {

/// What pgbench is to run: one statement again and again, prepared, on several connections.
struct PgbenchLoad {
  std::string database_url;
  std::string script;
  std::size_t connections = 4;
  std::chrono::seconds duration{3};
};

/// What it says of it.
struct PgbenchReport {
  double statements_per_second = 0;  ///< without the time for logins
  double average_ms = 0;             ///< from sending a statement to having its rows
};

/// A script for pgbench that reads so many of `flags` flags, chosen at random, with hearth's own
/// statement for reads (`sql`, whose $1 is the environment and whose $2 the keys). Throws
/// std::runtime_error if the statement has other parameters than that.
[[nodiscard]] std::string pgbench_script(std::string sql, std::size_t flags, std::size_t keys);

/// What pgbench has printed. Throws std::runtime_error, with the output, if it is not all there or
/// if transactions failed.
[[nodiscard]] PgbenchReport parse_pgbench_output(std::string_view output);

/// Runs pgbench on one thread, and `meanwhile` while it runs. Blocks. Throws std::runtime_error if
/// it fails.
[[nodiscard]] PgbenchReport run_pgbench(const PgbenchLoad& load,
                                        const std::function<void()>& meanwhile);

}  // namespace hearth::bench
