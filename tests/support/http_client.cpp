#include "support/http_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace hearth::test_support {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::size_t number(std::string_view text, int base) {
  std::size_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (result.ec != std::errc{}) throw std::runtime_error("not a number: " + std::string(text));
  return value;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool HeaderNameLess::operator()(std::string_view a, std::string_view b) const noexcept {
  return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
}

std::string HttpResponse::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

HttpConnection::HttpConnection(std::uint16_t port, std::chrono::milliseconds timeout)
    : timeout_(timeout) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (socket_ < 0 || ::connect(socket_, generic, sizeof address) != 0) {
    if (socket_ >= 0) ::close(socket_);
    throw std::runtime_error("cannot connect to 127.0.0.1:" + std::to_string(port));
  }
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

HttpConnection::HttpConnection(HttpConnection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      timeout_(other.timeout_),
      received_(std::move(other.received_)) {}

HttpConnection& HttpConnection::operator=(HttpConnection&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(timeout_, other.timeout_);
  std::swap(received_, other.received_);
  return *this;
}

HttpConnection::~HttpConnection() {
  if (socket_ >= 0) ::close(socket_);
}

HttpResponse HttpConnection::request(std::string_view method, std::string_view target,
                                     const HttpHeaders& headers, std::string_view body) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  if (!headers.contains("Host")) text += "Host: 127.0.0.1\r\n";
  if (!body.empty() && !headers.contains("Content-Length")) {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  text.append("\r\n").append(body);
  send_bytes(text);
  return read_response(method == "HEAD");
}

void HttpConnection::send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) return;
    if (count < 0) throw std::runtime_error("cannot send to the HTTP server");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

HttpResponse HttpConnection::read_response(bool to_head) {
  HttpResponse response;
  do {
    response = {};
    const auto status_line = take_line();
    if (!status_line.starts_with("HTTP/1.1 ") || status_line.size() < 12) {
      throw std::runtime_error("not a status line: " + status_line);
    }
    response.status = static_cast<int>(number(std::string_view(status_line).substr(9, 3), 10));
    for (auto line = take_line(); !line.empty(); line = take_line()) {
      const auto colon = line.find(':');
      if (colon == std::string::npos) throw std::runtime_error("not a header: " + line);
      const auto value = trimmed(std::string_view(line).substr(colon + 1));
      response.headers.emplace(line.substr(0, colon), value);
    }
  } while (response.status == 100);

  if (to_head || response.status == 204 || response.status == 304) return response;
  if (const auto length = response.header("Content-Length"); !length.empty()) {
    response.body = read_bytes(number(length, 10));
  } else if (response.header("Transfer-Encoding") == "chunked") {
    response.body = take_chunked();
  } else {
    response.body = take_to_end();
  }
  return response;
}

bool HttpConnection::closed_by_server(std::chrono::milliseconds limit) {
  pollfd waiting{socket_, POLLIN, 0};
  if (!received_.empty() || ::poll(&waiting, 1, static_cast<int>(limit.count())) <= 0) return false;
  char byte = 0;
  const auto count = ::recv(socket_, &byte, 1, 0);
  if (count > 0) received_ += byte;
  return count == 0 || (count < 0 && errno == ECONNRESET);
}

void HttpConnection::finish_sending() const noexcept { ::shutdown(socket_, SHUT_WR); }

void HttpConnection::receive_more() {
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(timeout_.count())) <= 0) {
    throw std::runtime_error("the HTTP server did not answer in time");
  }
  char buffer[16384];
  const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
  if (count <= 0) throw std::runtime_error("the HTTP server closed the connection");
  received_.append(buffer, static_cast<std::size_t>(count));
}

std::string HttpConnection::take_line() {
  auto end = received_.find("\r\n");
  while (end == std::string::npos) {
    receive_more();
    end = received_.find("\r\n");
  }
  auto line = received_.substr(0, end);
  received_.erase(0, end + 2);
  return line;
}

std::string HttpConnection::read_bytes(std::size_t count) {
  while (received_.size() < count) receive_more();
  auto bytes = received_.substr(0, count);
  received_.erase(0, count);
  return bytes;
}

std::string HttpConnection::take_chunked() {
  std::string body;
  while (true) {
    const auto size = number(take_line(), 16);
    body += read_bytes(size);
    const auto end = take_line();
    if (!end.empty()) throw std::runtime_error("a chunk does not end where it should");
    if (size == 0) return body;
  }
}

std::string HttpConnection::take_to_end() {
  try {
    while (true) receive_more();
  } catch (const std::runtime_error&) {
    return std::exchange(received_, {});
  }
}

HttpResponse http_request(std::uint16_t port, std::string_view method, std::string_view target,
                          const HttpHeaders& headers, std::string_view body) {
  return HttpConnection(port).request(method, target, headers, body);
}

}  // namespace hearth::test_support
