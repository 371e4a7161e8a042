#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hearth::test_support {

/// Compares header names as HTTP does: without regard to case (ASCII).
struct HeaderNameLess {
  using is_transparent = void;
  [[nodiscard]] bool operator()(std::string_view a, std::string_view b) const noexcept;
};
using HttpHeaders = std::multimap<std::string, std::string, HeaderNameLess>;

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;

  /// The first header of that name, whatever its case; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
};

/// One keep-alive connection to 127.0.0.1, blocking. Everything throws std::runtime_error when the
/// connection ends, when a response is not HTTP/1.1, or after `timeout`. Threading: one owner.
class HttpConnection {
 public:
  explicit HttpConnection(std::uint16_t port,
                          std::chrono::milliseconds timeout = std::chrono::seconds(10));
  HttpConnection(HttpConnection&& other) noexcept;
  HttpConnection& operator=(HttpConnection&& other) noexcept;
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  ~HttpConnection();

  /// Sends one request and reads its response. `Host`, and `Content-Length` for a body that is
  /// not empty, are added unless `headers` has them.
  [[nodiscard]] HttpResponse request(std::string_view method, std::string_view target,
                                     const HttpHeaders& headers = {}, std::string_view body = {});

  /// Raw bytes, for requests that no client should send. Bytes that the peer no longer takes
  /// (it has answered and closed) are dropped without a complaint.
  void send_bytes(std::string_view bytes);
  /// The next response. `to_head`: the response to a HEAD, which has no body whatever its
  /// Content-Length says.
  [[nodiscard]] HttpResponse read_response(bool to_head = false);
  /// The next bytes, exactly so many, whatever they are.
  [[nodiscard]] std::string read_bytes(std::size_t count);
  /// True if the server closes the connection within `limit` without sending anything more.
  [[nodiscard]] bool closed_by_server(std::chrono::milliseconds limit);
  /// Ends our side: no more requests, responses can still be read.
  void finish_sending() const noexcept;

 private:
  void receive_more();
  [[nodiscard]] std::string take_line();
  [[nodiscard]] std::string take_chunked();
  [[nodiscard]] std::string take_to_end();

  int socket_ = -1;
  std::chrono::milliseconds timeout_;
  std::string received_;
};

/// A request over a connection of its own.
[[nodiscard]] HttpResponse http_request(std::uint16_t port, std::string_view method,
                                        std::string_view target, const HttpHeaders& headers = {},
                                        std::string_view body = {});

}  // namespace hearth::test_support
