#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::bench {

/// What one thread of wrk is to ask of a server at 127.0.0.1.
struct Load {
  /// Asked for in this order by each connection's turn, again and again; at least one.
  std::vector<std::string> targets;
  std::size_t connections = 64;  ///< kept alive
  std::chrono::seconds duration{3};
  /// So many requests are sent at once on a connection, and the next ones when all of them have
  /// been answered (HTTP's pipelining). Above 1 the latencies mean nothing: wrk measures a batch,
  /// and adds what it thinks it has overlooked as if each request had been sent alone.
  std::size_t pipelined = 1;
  std::vector<std::string> headers{};  ///< sent with each request, "Name: value"
};

/// What came of it.
struct LoadReport {
  std::uint64_t requests = 0;  ///< answered, whatever the answer
  std::uint64_t refused = 0;   ///< thereof with a status of 400 and up
  std::uint64_t broken = 0;    ///< connections that failed, and answers that took over two seconds
  std::chrono::microseconds duration{};
  std::chrono::microseconds median{};  ///< from sending a request to having its answer
  std::chrono::microseconds p95{};
  std::chrono::microseconds p99{};
};

/// The program for wrk (in Lua) that asks for the load's targets and reports at the end.
[[nodiscard]] std::string wrk_script(const Load& load);

/// What that program has printed among wrk's own output. Throws std::runtime_error, with the
/// output, if it does not hold all of it.
[[nodiscard]] LoadReport parse_wrk_output(std::string_view output);

/// Runs wrk. Blocks. Throws std::runtime_error if it fails or its output cannot be read.
[[nodiscard]] LoadReport run_wrk(std::uint16_t port, const Load& load);

}  // namespace hearth::bench
