#include "free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <random>
#include <set>
#include <stdexcept>
#include <unistd.h>

namespace hearth::test_support {
namespace {

bool can_bind(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  const bool bound = ::bind(socket, generic, sizeof address) == 0 && ::listen(socket, 1) == 0;
  ::close(socket);
  return bound;
}

}  // namespace

std::uint16_t free_port() {
  // Linux gives outgoing connections 32768 and above by default.
  static thread_local std::set<std::uint16_t> given;
  std::random_device device;
  std::uniform_int_distribution<int> ports(12000, 32000);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto port = static_cast<std::uint16_t>(ports(device));
    if (given.contains(port) || !can_bind(port)) continue;
    given.insert(port);
    return port;
  }
  throw std::runtime_error("no free TCP port on 127.0.0.1");
}

}  // namespace hearth::test_support
