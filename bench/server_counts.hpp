#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "support/postgres_server.hpp"

namespace hearth::bench {

/// The figure of that name in the text of Redis's INFO: `redis_figure(text, "used_memory")`.
/// Throws std::runtime_error if it is not there or no whole number.
[[nodiscard]] std::uint64_t redis_figure(std::string_view info, std::string_view name);

/// How many statements the database has run for others, by its own count (pg_stat_statements).
[[nodiscard]] std::uint64_t statements_run(test_support::PostgresSession& session);

/// The processor time of each process of a PostgreSQL server that serves or works behind the
/// scenes, without that of `session` and of the process that only takes logins.
using ProcessorTimes = std::map<pid_t, std::chrono::nanoseconds>;
[[nodiscard]] ProcessorTimes postgres_processor_times(test_support::PostgresSession& session);

/// What has been used since: of processes that are in both, the difference, of new ones all. What
/// a process that has ended had used in the meantime is lost.
[[nodiscard]] std::chrono::nanoseconds used_since(const ProcessorTimes& earlier,
                                                  const ProcessorTimes& later);

}  // namespace hearth::bench
