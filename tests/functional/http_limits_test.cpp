#include <gtest/gtest.h>

#include "functional/http_server_fixture.hpp"

namespace hearth::functional {
namespace {

using test_support::HttpConnection;
using test_support::HttpResponse;
using namespace std::chrono_literals;

/// What is wrong on the level of HTTP itself. Whatever was sent, the server goes on.
class HttpLimits : public HttpServerTest {
 protected:
  void TearDown() override { EXPECT_EQ(get("/livez").status, 200); }

  static std::string create_head(std::string_view headers) {
    return "POST /api/admin/flags HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
           std::string(admin_token) + "\r\n" + std::string(headers) + "\r\n";
  }

  /// Sends bytes, and expects this error and then the end of the connection.
  static void expect_refusal(std::string_view bytes, int status, std::string_view code) {
    SCOPED_TRACE(bytes.substr(0, 100));
    HttpConnection connection(server().port());
    connection.send_bytes(bytes);
    const auto response = connection.read_response();
    expect_error(response, status, code);
    EXPECT_EQ(response.header("Connection"), "close");
    EXPECT_TRUE(connection.closed_by_server(5s));
  }

  static std::string chunked(std::string_view bytes, std::size_t chunk) {
    std::string text;
    while (!bytes.empty()) {
      const auto part = bytes.substr(0, chunk);
      char size[32];
      std::snprintf(size, sizeof size, "%zx\r\n", part.size());
      text.append(size).append(part).append("\r\n");
      bytes.remove_prefix(part.size());
    }
    return text + "0\r\n\r\n";
  }

  /// A flag's body of exactly this size: blanks are no part of a JSON value.
  static std::string body_of(std::string_view key, std::size_t size) {
    auto body = R"({"key":")" + std::string(key) + R"("})";
    body.append(size - body.size(), ' ');
    return body;
  }

  static int status_of(std::string_view key) {
    return get("/api/admin/flags/" + std::string(key), admin()).status;
  }
};

constexpr std::size_t largest_body = 64 * 1024;

TEST_F(HttpLimits, BodyOf64KibibytesIsAcceptedAndOneByteMoreIs413) {
  EXPECT_EQ(create_flag(server(), body_of("largest", largest_body)).status, 201);
  const auto body = body_of("larger", largest_body + 1);
  expect_refusal(create_head("Content-Length: " + std::to_string(body.size()) + "\r\n") + body, 413,
                 "BODY_TOO_LARGE");
  EXPECT_EQ(status_of("larger"), 404);
}

TEST_F(HttpLimits, ChunkedBodyHasTheSameLimit) {
  HttpConnection connection(server().port());
  connection.send_bytes(create_head("Transfer-Encoding: chunked\r\n") +
                        chunked(body_of("largest-chunked", largest_body), 1000));
  EXPECT_EQ(connection.read_response().status, 201);
  expect_refusal(create_head("Transfer-Encoding: chunked\r\n") +
                     chunked(body_of("larger-chunked", largest_body + 1), 1000),
                 413, "BODY_TOO_LARGE");
  expect_refusal(create_head("Transfer-Encoding: chunked\r\n") +
                     chunked(body_of("larger-chunked", largest_body + 1), largest_body + 1),
                 413, "BODY_TOO_LARGE");
  EXPECT_EQ(status_of("larger-chunked"), 404);
}

TEST_F(HttpLimits, HugeBodyIs413ThoughTheClientSendsOn) {
  const auto body = body_of("huge", 8 << 20);
  HttpConnection connection(server().port());
  connection.send_bytes(create_head("Content-Length: " + std::to_string(body.size()) + "\r\n"));
  connection.send_bytes(body);
  expect_error(connection.read_response(), 413, "BODY_TOO_LARGE", "64 KiB");
}

TEST_F(HttpLimits, HeadersOver8KibibytesAre431) {
  EXPECT_EQ(get("/livez", {{"X-Filler", std::string(7000, 'x')}}).status, 200);
  const auto request = [](std::size_t filler) {
    return "GET /livez HTTP/1.1\r\nHost: h\r\nX-Filler: " + std::string(filler, 'x') + "\r\n\r\n";
  };
  expect_refusal(request(8192), 431, "HEADERS_TOO_LARGE");
  expect_refusal(request(200'000), 431, "HEADERS_TOO_LARGE");
  std::string many = "GET /livez HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 2000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  expect_refusal(many + "\r\n", 431, "HEADERS_TOO_LARGE");
}

TEST_F(HttpLimits, KeyOf10000CharactersInThePathIs431) {
  expect_refusal(
      "GET /api/config/flags/" + std::string(10'000, 'k') + " HTTP/1.1\r\nHost: h\r\n\r\n", 431,
      "HEADERS_TOO_LARGE");
}

TEST_F(HttpLimits, ChangeWithoutABodyIs411) {
  expect_error(server().request("POST", "/api/admin/flags", admin()), 411, "LENGTH_REQUIRED",
               "Content-Length");
  ASSERT_EQ(create_flag(server(), R"({"key":"lengthless"})").status, 201);
  expect_error(server().request("PATCH", "/api/admin/flags/lengthless", admin()), 411,
               "LENGTH_REQUIRED", "Content-Length");
  EXPECT_EQ(server().request("POST", "/api/admin/cache/warm", admin()).status, 200);
}

TEST_F(HttpLimits, ContentLengthThatIsNoNumberIs400) {
  for (const auto* length : {"abc", "-1", "1 2", "0x10", "1e3", "99999999999999999999999", "5;6"}) {
    expect_refusal(create_head("Content-Length: " + std::string(length) + "\r\n") + "{}", 400,
                   "MALFORMED_REQUEST");
  }
}

TEST_F(HttpLimits, AmbiguousLengthsAre400) {
  // Two ways to say where a request ends: the doors of request smuggling (RFC 9112, section 6.3).
  const std::string body = R"({"key":"smuggled"})";
  const auto length = std::to_string(body.size());
  expect_refusal(create_head("Content-Length: " + length + "\r\nTransfer-Encoding: chunked\r\n") +
                     chunked(body, 100),
                 400, "MALFORMED_REQUEST");
  expect_refusal(create_head("Transfer-Encoding: chunked\r\nContent-Length: " + length + "\r\n") +
                     chunked(body, 100),
                 400, "MALFORMED_REQUEST");
  expect_refusal(create_head("Content-Length: " + length + "\r\nContent-Length: 5\r\n") + body, 400,
                 "MALFORMED_REQUEST");
  // A coding that is not the server's own must not make the body look like the next request.
  for (const auto* coding : {"gzip", "gzip, chunked", "chunked, chunked", "identity", "xchunked"}) {
    expect_refusal(create_head("Transfer-Encoding: " + std::string(coding) + "\r\n") +
                       "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n",
                   400, "MALFORMED_REQUEST");
  }
  expect_refusal(
      create_head("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n") + chunked(body, 100),
      400, "MALFORMED_REQUEST");
  expect_refusal(
      "POST /api/admin/flags HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(body, 100),
      400, "MALFORMED_REQUEST");
  EXPECT_EQ(status_of("smuggled"), 404);
}

TEST_F(HttpLimits, RequestWithoutExactlyOneHostIs400) {
  expect_refusal("GET /livez HTTP/1.1\r\n\r\n", 400, "MALFORMED_REQUEST");
  expect_refusal("GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "MALFORMED_REQUEST");
}

TEST_F(HttpLimits, BrokenChunksAre400) {
  for (const auto* chunks : {"xyz\r\n{}\r\n0\r\n\r\n", "-1\r\n{}\r\n0\r\n\r\n", "2\r\n{}0\r\n\r\n",
                             "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n"}) {
    HttpConnection connection(server().port());
    connection.send_bytes(create_head("Transfer-Encoding: chunked\r\n") + chunks);
    const auto response = connection.read_response();
    EXPECT_TRUE(response.status == 400 || response.status == 413) << response.status << chunks;
    EXPECT_TRUE(connection.closed_by_server(5s));
  }
}

TEST_F(HttpLimits, WhatIsNoHttpIs400) {
  using namespace std::string_view_literals;
  expect_refusal("garbage\r\n\r\n", 400, "MALFORMED_REQUEST");
  expect_refusal("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"sv, 400,
                 "MALFORMED_REQUEST");
  expect_refusal("GET /livez HTTP/9.9\r\n\r\n", 400, "MALFORMED_REQUEST");
  expect_refusal("GET /livez\r\n\r\n", 400, "MALFORMED_REQUEST");
  expect_refusal("GET /livez HTTP/1.1\r\nno colon here\r\n\r\n", 400, "MALFORMED_REQUEST");
  expect_refusal("GET /livez HTTP/1.1\r\nX: a\0b\r\n\r\n"sv, 400, "MALFORMED_REQUEST");
  expect_refusal("GET /a b HTTP/1.1\r\n\r\n", 400, "MALFORMED_REQUEST");
  expect_refusal("*1\r\n$4\r\nPING\r\n", 400, "MALFORMED_REQUEST");
}

}  // namespace
}  // namespace hearth::functional
