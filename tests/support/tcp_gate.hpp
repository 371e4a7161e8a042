#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <poll.h>
#include <string>
#include <string_view>
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

  /// Connections by what their client has sent in its first 4 KiB: the gate's marker or not. A
  /// connection is unmarked until then.
  enum class Which { all, marked, unmarked };

  /// Opens a port of its own in front of 127.0.0.1:`target_port`. `marker` is looked for without
  /// regard to case (ASCII); empty: nothing is marked. Throws std::runtime_error.
  explicit TcpGate(std::uint16_t target_port, std::string marker = {});
  ~TcpGate();
  TcpGate(const TcpGate&) = delete;
  TcpGate& operator=(const TcpGate&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// Closes these connections at once; new ones are welcome. Returns when it is done.
  void cut(Which which = Which::all);
  /// While on: connections are accepted and stay open, bytes vanish in both directions. A stream
  /// that goes on after a gap is something that TCP never shows: cut before switching it off.
  void set_black_hole(bool on) noexcept { black_hole_ = on; }
  /// While on: these connections stay open and nothing moves in either direction, not even their
  /// end; switched off, everything arrives late and in order. As a network that loses packets for
  /// a while. Connections that begin meanwhile are unmarked.
  void set_held(Which which, bool on) noexcept;
  /// Every chunk is passed on this much later (in both directions).
  void set_delay(std::chrono::milliseconds delay) noexcept { delay_ms_ = delay.count(); }
  /// In each direction of each connection no more than this many bytes a second pass; 0: no limit.
  void set_bytes_per_second(std::uint64_t limit) noexcept { bytes_per_second_ = limit; }

  /// Connections accepted since `reset_counts`.
  [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }
  /// Connections that are open now.
  [[nodiscard]] std::size_t open_connections() const noexcept { return open_; }
  /// Those of them that are marked.
  [[nodiscard]] std::size_t marked_connections() const noexcept { return open_marked_; }
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
  void look_for_marker(Connection& connection, std::string_view sent);
  [[nodiscard]] bool is_held(const Connection& connection) const noexcept;
  void break_chosen();
  void count_open();
  void wake() const noexcept;

  int listener_ = -1;
  int wake_ = -1;  ///< eventfd: the thread has something to look at
  std::uint16_t port_ = 0;
  const std::uint16_t target_port_;
  const std::string marker_;  ///< in lower case

  std::atomic<bool> stopping_ = false;
  std::atomic<bool> black_hole_ = false;
  std::atomic<std::int64_t> delay_ms_ = 0;
  std::atomic<std::uint64_t> bytes_per_second_ = 0;
  std::array<std::atomic<bool>, 2> held_{};        ///< unmarked, marked
  std::array<std::atomic<bool>, 2> cut_chosen_{};  ///< unmarked, marked: for the next cut
  std::atomic<std::uint64_t> cuts_wanted_ = 0;
  std::atomic<std::uint64_t> cuts_done_ = 0;
  std::atomic<std::uint64_t> connections_ = 0;
  std::atomic<std::size_t> open_ = 0;
  std::atomic<std::size_t> open_marked_ = 0;
  std::atomic<std::uint64_t> up_chunks_ = 0;
  std::atomic<std::uint64_t> up_bytes_ = 0;
  std::atomic<std::uint64_t> down_chunks_ = 0;
  std::atomic<std::uint64_t> down_bytes_ = 0;

  std::vector<std::unique_ptr<Connection>> open_list_;  ///< the gate's thread only
  std::thread thread_;
};

}  // namespace hearth::test_support
