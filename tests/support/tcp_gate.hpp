#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <poll.h>
#include <thread>
#include <vector>

namespace hearth::test_support {

/// A loopback door in front of a server: passes bytes on, counts them, and breaks on request.
/// Runs on a thread of its own until its end. Threading: all members from any thread.
class TcpGate {
 public:
  /// What went one way since `reset_counts`. A chunk is one recv that returned data, with a buffer
  /// larger than anything a test sends: the writer's writes, unless the kernel joined two of them.
  struct Traffic {
    std::uint64_t chunks = 0;
    std::uint64_t bytes = 0;
  };

  /// Opens a port of its own in front of 127.0.0.1:`target_port`. Throws std::runtime_error.
  explicit TcpGate(std::uint16_t target_port);
  ~TcpGate();
  TcpGate(const TcpGate&) = delete;
  TcpGate& operator=(const TcpGate&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// Closes all connections at once; new ones are welcome. Returns when it is done.
  void cut();
  /// While on: connections are accepted and stay open, bytes vanish in both directions.
  void set_black_hole(bool on) noexcept { black_hole_ = on; }
  /// Every chunk is passed on this much later (in both directions).
  void set_delay(std::chrono::milliseconds delay) noexcept { delay_ms_ = delay.count(); }

  /// Connections accepted since `reset_counts`.
  [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }
  /// Connections that are open now.
  [[nodiscard]] std::size_t open_connections() const noexcept { return open_; }
  [[nodiscard]] Traffic to_server() const noexcept { return {up_chunks_, up_bytes_}; }
  [[nodiscard]] Traffic to_client() const noexcept { return {down_chunks_, down_bytes_}; }
  void reset_counts() noexcept;

 private:
  struct Direction;
  struct Connection;

  void run();
  [[nodiscard]] bool accept_one();
  /// Fills `sockets` with the listener, the wake-up, and two a connection; gives poll's timeout.
  [[nodiscard]] std::chrono::milliseconds watch(std::vector<pollfd>& sockets) const;
  void serve(Connection& connection, bool client_is_ready, bool server_is_ready);
  void receive(Connection& connection, Direction& direction);
  void send_due(Connection& connection, Direction& direction);
  void wake() const noexcept;

  int listener_ = -1;
  int wake_ = -1;  ///< eventfd: the thread has something to look at
  std::uint16_t port_ = 0;
  const std::uint16_t target_port_;

  std::atomic<bool> stopping_ = false;
  std::atomic<bool> black_hole_ = false;
  std::atomic<std::int64_t> delay_ms_ = 0;
  std::atomic<std::uint64_t> cuts_wanted_ = 0;
  std::atomic<std::uint64_t> cuts_done_ = 0;
  std::atomic<std::uint64_t> connections_ = 0;
  std::atomic<std::size_t> open_ = 0;
  std::atomic<std::uint64_t> up_chunks_ = 0;
  std::atomic<std::uint64_t> up_bytes_ = 0;
  std::atomic<std::uint64_t> down_chunks_ = 0;
  std::atomic<std::uint64_t> down_bytes_ = 0;

  std::vector<std::unique_ptr<Connection>> open_list_;  ///< the gate's thread only
  std::thread thread_;
};

}  // namespace hearth::test_support
