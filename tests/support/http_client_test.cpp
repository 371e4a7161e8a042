#include "support/http_client.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>

namespace hearth::test_support {
namespace {

/// Accepts one connection, waits for the end of a request's head, sends `answer` and closes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    if (::bind(listener_, generic, sizeof address) != 0 || ::listen(listener_, 1) != 0 ||
        ::getsockname(listener_, generic, &length) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this, answer = std::move(answer)] { serve(answer); });
  }
  ~OneAnswer() {
    ::shutdown(listener_, SHUT_RDWR);  // wakes an accept that nobody came for
    thread_.join();
    ::close(listener_);
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// What the client has sent; ask after its answer has come.
  [[nodiscard]] const std::string& request() {
    if (thread_.joinable()) thread_.join();
    thread_ = std::jthread([] {});
    return request_;
  }

 private:
  void serve(const std::string& answer) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    std::array<char, 4096> buffer;
    while (request_.find("\r\n\r\n") == std::string::npos) {
      const auto count = ::recv(socket, buffer.data(), buffer.size(), 0);
      if (count <= 0) break;
      request_.append(buffer.data(), static_cast<std::size_t>(count));
    }
    (void)::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::close(socket);
  }

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::string request_;
  std::jthread thread_;
};

TEST(HttpClient, ContentLengthEndsTheBody) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Cache:  hit \r\n\r\nhello, and more");
  const auto response = http_request(server.port(), "GET", "/path?x=1", {{"Accept", "a/b"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(response.header("x-cache"), "hit");
  EXPECT_EQ(response.header("absent"), "");
  EXPECT_EQ(server.request(), "GET /path?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: a/b\r\n\r\n");
}

TEST(HttpClient, ChunksAreJoined) {
  OneAnswer server(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n");
  EXPECT_EQ(http_request(server.port(), "GET", "/").body, "abc0123456789");
}

TEST(HttpClient, WithoutLengthTheConnectionEndsTheBody) {
  OneAnswer server("HTTP/1.1 200 OK\r\n\r\nall of this");
  EXPECT_EQ(http_request(server.port(), "GET", "/").body, "all of this");
}

TEST(HttpClient, NoContentHasNoBody) {
  OneAnswer server("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 next");
  const auto response = http_request(server.port(), "DELETE", "/");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
}

TEST(HttpClient, ClosedConnectionIsAFailure) {
  OneAnswer server("");
  EXPECT_THROW((void)http_request(server.port(), "GET", "/"), std::runtime_error);
}

TEST(HttpClient, CutOffBodyIsAFailure) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort");
  EXPECT_THROW((void)http_request(server.port(), "GET", "/"), std::runtime_error);
}

}  // namespace
}  // namespace hearth::test_support
