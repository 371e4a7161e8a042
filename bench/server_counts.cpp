#include "bench/server_counts.hpp"

#include <charconv>
#include <stdexcept>

#include "bench/processor_time.hpp"

namespace hearth::bench {

std::uint64_t redis_figure(std::string_view info, std::string_view name) {
  const auto line = "\n" + std::string(name) + ":";
  const auto at = info.find(line);
  std::uint64_t value = 0;
  if (at != std::string_view::npos) {
    const auto digits = info.substr(at + line.size());
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const auto* const last = digits.data() + digits.size();
    if (error == std::errc() && (end == last || *end == '\r' || *end == '\n')) return value;
  }
  throw std::runtime_error("Redis has told no " + std::string(name) + ": " + std::string(info));
}

std::uint64_t statements_run(test_support::PostgresSession& session) {
  const auto rows = session.execute(
      "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements "
      "WHERE query !~ 'pg_stat_(statements|activity)'");
  return std::stoull(rows.at(0).at(0));
}

ProcessorTimes postgres_processor_times(test_support::PostgresSession& session) {
  ProcessorTimes times;
  for (const auto& row : session.execute("SELECT pid FROM pg_stat_activity "
                                         "WHERE pid <> pg_backend_pid()")) {
    const auto process = static_cast<pid_t>(std::stol(row.at(0)));
    try {
      times[process] = processor_time(process);
    } catch (const std::runtime_error&) {
      // It has ended since it was listed.
    }
  }
  return times;
}

std::chrono::nanoseconds used_since(const ProcessorTimes& earlier, const ProcessorTimes& later) {
  std::chrono::nanoseconds used{0};
  for (const auto& [process, time] : later) {
    const auto before = earlier.find(process);
    used += before == earlier.end() ? time : time - before->second;
  }
  return used;
}

}  // namespace hearth::bench
