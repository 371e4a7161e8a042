#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "adapters/http/request_metrics.hpp"
#include "adapters/http/routes.hpp"
#include "application/task.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::http {

struct ServerLimits {
  std::uint32_t header_bytes = std::uint32_t{8} << 10;
  std::uint64_t body_bytes = std::uint64_t{64} << 10;
  std::size_t connections = 5'000;    ///< a thread
  std::chrono::seconds idle{75};      ///< between requests
  std::chrono::seconds transfer{20};  ///< for the rest of a request that has begun, or an answer
};

/// Where to listen. Port 0 takes a free one.
struct ListenAddress {
  std::string host;  ///< an address or a name
  std::uint16_t port = 8080;
};

/// The address, resolved, after making sure that nobody else listens there: threads share a port
/// (SO_REUSEPORT), and so would two servers, unnoticed. `misconfigured` says what is wrong.
[[nodiscard]] domain::Result<ListenAddress> claim_address(const ListenAddress& address);

/// The HTTP/1.1 server of one thread: its own listener, its own connections, nothing shared.
/// Threading: everything on the executor's thread.
class Server {
 public:
  /// `routes`, `metrics` (which nobody else writes) and `telemetry` must outlive it.
  Server(application::Executor executor, Routes& routes, RequestMetrics& metrics,
         application::Telemetry& telemetry, ServerLimits limits);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Opens the listener and accepts from now on. Gives the port. `misconfigured` if it cannot.
  [[nodiscard]] domain::Result<std::uint16_t> listen(const ListenAddress& address);

  /// Stops accepting, lets requests under way finish, and closes idle connections. Returns when
  /// all connections have ended or at the deadline, when the rest is cut off.
  [[nodiscard]] application::Task<void> drain(application::Deadline deadline);

 private:
  class State;
  // Shared with the coroutines of connections, which outlive this handle until they notice.
  std::shared_ptr<State> state_;
};

}  // namespace hearth::adapters::http
