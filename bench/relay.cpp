// The least that can stand between HTTP and Redis: a request is read and not looked at, Redis is
// asked for one key together with all other requests of the same turn, and each reply is answered
// with the same bytes, whatever it says. No deadline, no reconnection, no rule of coherence. What
// is left are the calls of the system that no such server can do without, so that its processor
// time is the floor of a read from Redis on the machine. One thread.
//
// hearth_relay PORT REDIS-PORT KEY ANSWER-FILE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>

namespace {

constexpr int most_events = 128;  // as many as Boost.Asio takes at once
constexpr std::size_t request_bytes = 4096;
constexpr std::size_t replies_bytes = 65'536;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* as_sockaddr(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

void send_at_once(int socket) {
  const int on = 1;
  checked(setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

class Relay {
 public:
  Relay(int port, int redis_port, std::string command, std::string answer)
      : command_(std::move(command)), answer_(std::move(answer)) {
    redis_ = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    const auto server = loopback(redis_port);
    checked(connect(redis_, as_sockaddr(server), sizeof server), "connect to Redis");
    send_at_once(redis_);
    find_reply_size();
    listener_ = checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    const int on = 1;
    checked(setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
    const auto own = loopback(port);
    checked(bind(listener_, as_sockaddr(own), sizeof own), "bind");
    checked(listen(listener_, SOMAXCONN), "listen");
    watch(listener_, EPOLLIN);
    watch(redis_, EPOLLIN | EPOLLET);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, most_events> events{};
    while (true) {
      const int ready = epoll_wait(epoll_, events.data(), most_events, -1);
      for (int i = 0; i < ready; ++i) {
        const int socket = events.at(static_cast<std::size_t>(i)).data.fd;
        if (socket == listener_) {
          accept_all();
        } else if (socket == redis_) {
          answer_replies();
        } else {
          take_request(socket);
        }
      }
      ask_redis();
    }
  }

 private:
  /// Every reply has the size of the first: the value does not change.
  void find_reply_size() {
    ask(1);
    std::array<char, request_bytes> bytes{};
    const auto size = recv(redis_, bytes.data(), bytes.size(), 0);
    if (size < 1 || bytes[0] != '$' || bytes[1] == '-') throw std::runtime_error("no such key");
    reply_bytes_ = static_cast<std::size_t>(size);
    checked(fcntl(redis_, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
  }

  void watch(int socket, std::uint32_t what) const {
    epoll_event event{};
    event.events = what;
    event.data.fd = socket;
    checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event), "epoll_ctl");
  }

  void accept_all() const {
    while (true) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (client < 0) return;
      send_at_once(client);
      watch(client, EPOLLIN | EPOLLET);
    }
  }

  /// Whatever has come is one request: clients send one at a time.
  void take_request(int client) {
    std::array<char, request_bytes> bytes;
    const auto size = recv(client, bytes.data(), bytes.size(), 0);
    if (size > 0) {
      waiting_.push_back(client);
    } else if (size == 0 || errno != EAGAIN) {
      close(client);
    }
  }

  void ask_redis() {
    const auto unasked = waiting_.size() - asked_;
    if (unasked > 0) ask(unasked);
    asked_ = waiting_.size();
  }

  void ask(std::size_t times) {
    commands_.clear();
    for (std::size_t i = 0; i < times; ++i) commands_ += command_;
    if (send(redis_, commands_.data(), commands_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(commands_.size())) {
      throw std::runtime_error("Redis does not take the commands at once");
    }
  }

  void answer_replies() {
    const auto size = recv(redis_, replies_.data(), replies_.size(), 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) throw std::runtime_error("the connection to Redis was lost");
    received_ += static_cast<std::size_t>(size);
    for (; received_ >= reply_bytes_; received_ -= reply_bytes_) {
      const int client = waiting_.front();
      waiting_.pop_front();
      --asked_;
      if (send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL) < 0) close(client);
    }
  }

  const std::string command_;
  const std::string answer_;
  const int epoll_ = checked(epoll_create1(0), "epoll_create1");
  int redis_ = -1;
  int listener_ = -1;
  std::size_t reply_bytes_ = 0;
  std::size_t received_ = 0;  ///< bytes of replies that have not been answered
  std::size_t asked_ = 0;     ///< how many at the front of waiting_ Redis has been asked for
  std::deque<int> waiting_;   ///< clients, in the order of their requests
  std::string commands_;
  std::array<char, replies_bytes> replies_{};
};

std::string contents_of(const char* file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error(std::string("cannot read ") + file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string get_command(const std::string& key) {
  return "*2\r\n$3\r\nGET\r\n$" + std::to_string(key.size()) + "\r\n" + key + "\r\n";
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count != 5) {
      throw std::invalid_argument("usage: hearth_relay PORT REDIS-PORT KEY ANSWER-FILE");
    }
    Relay relay(std::stoi(arguments[1]), std::stoi(arguments[2]), get_command(arguments[3]),
                contents_of(arguments[4]));
    relay.run();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "hearth_relay: %s\n", failure.what());
    return 1;
  }
}
