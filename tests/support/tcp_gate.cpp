#include "support/tcp_gate.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include "support/eventually.hpp"

namespace hearth::test_support {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t receive_buffer_size = std::size_t{1} << 20;
constexpr std::size_t marker_window = 4096;
// Small, so that a limit of bytes lets them pass evenly.
constexpr std::size_t throttled_chunk = 1024;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(), lower);
  return text;
}

void set_no_delay(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

/// One way through the gate: bytes read from one socket wait here for the other.
struct TcpGate::Direction {
  struct Chunk {
    SteadyTime due;
    std::string bytes;
  };
  int from = -1;
  int to = -1;
  std::atomic<std::uint64_t>* chunks = nullptr;
  std::atomic<std::uint64_t>* bytes = nullptr;
  std::deque<Chunk> waiting;
  SteadyTime free_at;   ///< when what was received before has passed, if bytes are limited
  bool ended = false;   ///< the sender has closed; what waits still goes on
  bool closed = false;  ///< the receiver knows

  static Direction between(int from, int to, std::atomic<std::uint64_t>& chunks,
                           std::atomic<std::uint64_t>& bytes) {
    Direction direction;
    direction.from = from;
    direction.to = to;
    direction.chunks = &chunks;
    direction.bytes = &bytes;
    return direction;
  }
  [[nodiscard]] bool finished() const { return ended && waiting.empty(); }
};

struct TcpGate::Connection {
  int client = -1;
  int server = -1;
  Direction up;
  Direction down;
  bool broken = false;
  bool marked = false;
  std::string beginning;  ///< what its client sent first, in lower case, up to the window

  ~Connection() {
    // A reset, as a broken connection gives, not an orderly end.
    const linger abort{1, 0};
    for (const int socket : {client, server}) {
      if (socket < 0) continue;
      if (broken) setsockopt(socket, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
      ::close(socket);
    }
  }
};

TcpGate::TcpGate(std::uint16_t target_port, std::string marker)
    : target_port_(target_port), marker_(lowered(std::move(marker))) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  auto address = loopback(0);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  if (listener_ < 0 || wake_ < 0 || ::bind(listener_, generic, sizeof address) != 0 ||
      ::listen(listener_, 512) != 0 || ::getsockname(listener_, generic, &length) != 0) {
    throw std::runtime_error("cannot open a gate on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

TcpGate::~TcpGate() {
  stopping_ = true;
  wake();
  thread_.join();
  ::close(listener_);
  ::close(wake_);
}

void TcpGate::wake() const noexcept { eventfd_write(wake_, 1); }

void TcpGate::set_held(Which which, bool on) noexcept {
  if (which != Which::marked) held_[0] = on;
  if (which != Which::unmarked) held_[1] = on;
  wake();
}

bool TcpGate::is_held(const Connection& connection) const noexcept {
  return held_[connection.marked ? 1 : 0];
}

void TcpGate::look_for_marker(Connection& connection, std::string_view sent) {
  auto& beginning = connection.beginning;
  if (marker_.empty() || connection.marked || beginning.size() >= marker_window) return;
  beginning += lowered(std::string(sent.substr(0, marker_window - beginning.size())));
  connection.marked = beginning.contains(marker_);
}

void TcpGate::cut(Which which) {
  if (which != Which::marked) cut_chosen_[0] = true;
  if (which != Which::unmarked) cut_chosen_[1] = true;
  const auto wanted = ++cuts_wanted_;
  wake();
  if (!eventually(std::chrono::seconds(10), [&] { return cuts_done_ >= wanted; })) {
    throw std::runtime_error("the gate does not cut its connections");
  }
}

void TcpGate::reset_counts() noexcept {
  connections_ = 0;
  up_chunks_ = up_bytes_ = 0;
  down_chunks_ = down_bytes_ = 0;
}

bool TcpGate::accept_one() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0) return false;
  auto connection = std::make_unique<Connection>();
  connection->client = client;
  ++connections_;
  // Blocking: on loopback a connection is made or refused at once.
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  connection->server = server;
  const auto address = loopback(target_port_);
  if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    connection->broken = true;
    return true;
  }
  ::fcntl(server, F_SETFL, ::fcntl(server, F_GETFL) | O_NONBLOCK);
  set_no_delay(client);
  set_no_delay(server);
  connection->up = Direction::between(client, server, up_chunks_, up_bytes_);
  connection->down = Direction::between(server, client, down_chunks_, down_bytes_);
  open_list_.push_back(std::move(connection));
  return true;
}

void TcpGate::receive(Connection& connection, Direction& direction) {
  static thread_local std::string buffer(receive_buffer_size, '\0');
  const auto bytes_per_second = bytes_per_second_.load();
  const auto most = bytes_per_second == 0 ? buffer.size() : throttled_chunk;
  const auto count = ::recv(direction.from, buffer.data(), most, 0);
  if (count < 0) {
    connection.broken |= errno != EAGAIN && errno != EINTR;
    return;
  }
  if (count == 0) {
    direction.ended = true;
    return;
  }
  ++*direction.chunks;
  *direction.bytes += static_cast<std::uint64_t>(count);
  if (&direction == &connection.up) {
    look_for_marker(connection,
                    std::string_view(buffer).substr(0, static_cast<std::size_t>(count)));
  }
  if (black_hole_) return;
  auto due = std::chrono::steady_clock::now() + std::chrono::milliseconds(delay_ms_);
  if (bytes_per_second > 0) {
    const std::chrono::duration<double> takes(static_cast<double>(count) /
                                              static_cast<double>(bytes_per_second));
    due = std::max(due, direction.free_at) +
          std::chrono::duration_cast<std::chrono::steady_clock::duration>(takes);
    direction.free_at = due;
  }
  direction.waiting.push_back({due, buffer.substr(0, static_cast<std::size_t>(count))});
}

void TcpGate::send_due(Connection& connection, Direction& direction) {
  const auto now = std::chrono::steady_clock::now();
  while (!direction.waiting.empty() && direction.waiting.front().due <= now) {
    auto& bytes = direction.waiting.front().bytes;
    const auto count = ::send(direction.to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) {
      connection.broken |= errno != EAGAIN && errno != EINTR;
      return;
    }
    bytes.erase(0, static_cast<std::size_t>(count));
    if (!bytes.empty()) return;
    direction.waiting.pop_front();
  }
  if (direction.finished() && !direction.closed) {
    direction.closed = true;
    ::shutdown(direction.to, SHUT_WR);
  }
}

std::chrono::milliseconds TcpGate::watch(std::vector<pollfd>& sockets) const {
  const auto now = std::chrono::steady_clock::now();
  auto timeout = std::chrono::milliseconds(-1);
  const auto events_for = [&](const Direction& in, const Direction& out) {
    short events = in.ended ? 0 : POLLIN;
    if (out.waiting.empty()) return events;
    if (out.waiting.front().due <= now) return static_cast<short>(events | POLLOUT);
    // Not due yet: look again soon. With POLLOUT, poll would return at once, again and again.
    timeout = std::chrono::milliseconds(1);
    return events;
  };
  sockets = {{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
  for (const auto& connection : open_list_) {
    if (is_held(*connection)) {
      sockets.insert(sockets.end(), 2, {-1, 0, 0});
      continue;
    }
    const auto client_events = events_for(connection->up, connection->down);
    const auto server_events = events_for(connection->down, connection->up);
    // poll ignores a negative descriptor, but reports a hang-up of any other.
    sockets.push_back({client_events == 0 ? -1 : connection->client, client_events, 0});
    sockets.push_back({server_events == 0 ? -1 : connection->server, server_events, 0});
  }
  return timeout;
}

void TcpGate::serve(Connection& connection, bool client_is_ready, bool server_is_ready) {
  if (client_is_ready && !connection.up.ended) receive(connection, connection.up);
  if (server_is_ready && !connection.down.ended) receive(connection, connection.down);
  if (is_held(connection)) return;
  send_due(connection, connection.up);
  send_due(connection, connection.down);
}

void TcpGate::break_chosen() {
  const bool unmarked = cut_chosen_[0].exchange(false);
  const bool marked = cut_chosen_[1].exchange(false);
  // Those that still wait to be accepted are cut as well.
  while (unmarked && accept_one()) {
  }
  for (auto& connection : open_list_) connection->broken |= connection->marked ? marked : unmarked;
}

void TcpGate::count_open() {
  open_ = open_list_.size();
  open_marked_ = static_cast<std::size_t>(
      std::ranges::count_if(open_list_, [](const auto& connection) { return connection->marked; }));
}

void TcpGate::run() {
  std::vector<pollfd> sockets;
  while (!stopping_) {
    const auto timeout = watch(sockets);
    ::poll(sockets.data(), sockets.size(), static_cast<int>(timeout.count()));
    eventfd_t ignored = 0;
    eventfd_read(wake_, &ignored);

    const auto cuts = cuts_wanted_.load();
    if (cuts == cuts_done_) {
      for (std::size_t i = 0; i < open_list_.size(); ++i) {
        serve(*open_list_[i], sockets[2 * i + 2].revents != 0, sockets[2 * i + 3].revents != 0);
      }
    } else {
      break_chosen();
    }
    std::erase_if(open_list_, [](const auto& connection) {
      const bool finished = connection->up.finished() && connection->down.finished();
      return connection->broken || finished;
    });
    count_open();
    cuts_done_ = cuts;
    while (accept_one()) {
    }
    count_open();
  }
  open_list_.clear();
}

}  // namespace hearth::test_support
