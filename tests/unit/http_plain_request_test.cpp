// What is recognised as a plain request, Boost.Beast's parser takes for the same request: a
// differential test, because two readers that differ are how requests are smuggled.
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "adapters/http/plain_request.hpp"

namespace hearth::adapters::http {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t header_limit = 8192;

/// Fails unless Beast takes the same bytes for the same request.
void expect_beast_agrees(const std::string& bytes, const PlainRequest& plain) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(header_limit);
  boost::beast::error_code failure;
  const auto taken = parser.put(boost::asio::buffer(bytes), failure);
  ASSERT_FALSE(failure) << failure.message() << "\n" << bytes;
  ASSERT_EQ(taken, plain.size) << bytes;
  ASSERT_TRUE(parser.is_done()) << bytes;
  const auto& head = parser.get();
  ASSERT_EQ(head.method(), http::verb::get) << bytes;
  ASSERT_EQ(head.version(), 11U) << bytes;
  ASSERT_EQ(std::string_view(head.target().data(), head.target().size()), plain.target) << bytes;
  ASSERT_TRUE(parser.keep_alive()) << bytes;
  ASSERT_FALSE(parser.upgrade()) << bytes;
  ASSERT_FALSE(parser.chunked()) << bytes;
  ASSERT_FALSE(parser.content_length()) << bytes;
  ASSERT_EQ(head.count(http::field::host), 1U) << bytes;
  ASSERT_EQ(head.count(http::field::expect), 0U) << bytes;
  ASSERT_EQ(head.count(http::field::transfer_encoding), 0U) << bytes;
}

TEST(PlainRequest, IsRecognisedInTheUsualForms) {
  for (const std::string headers :
       {"Host: h\r\n", "host:h\r\n", "HOST: \r\n", "Host: h\r\nConnection: keep-alive\r\n",
        "Host: h\r\nconnection:Keep-Alive\r\nAccept: */*\r\nUser-Agent: curl/7.88.1\r\n",
        "Accept-Encoding: gzip, deflate, br\r\nHost: h:80\r\nCookie: a=b; c=\"d\"\r\nX-Empty:\r\n",
        "Host: h\r\nAuthorization: Bearer x\r\nX-Tab:\ta\tb\t\r\nIf-None-Match: \"1\"\r\n"}) {
    const auto bytes = "GET /a/b?c=d HTTP/1.1\r\n" + headers + "\r\n";
    const auto with_next = bytes + "GET /next";
    const auto plain = recognise_plain_request(with_next);
    ASSERT_TRUE(plain) << bytes;
    EXPECT_EQ(plain->target, "/a/b?c=d");
    EXPECT_EQ(plain->size, bytes.size());
    expect_beast_agrees(bytes, *plain);
  }
}

TEST(PlainRequest, IsNotRecognisedBeforeItIsWhole) {
  const std::string bytes = "GET /a HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n";
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(recognise_plain_request(std::string_view(bytes).substr(0, length))) << length;
  }
  EXPECT_TRUE(recognise_plain_request(bytes));
}

TEST(PlainRequest, IsNotWhatTheParserHasToJudge) {
  const std::string line = "GET /a HTTP/1.1\r\n";
  const std::string host = "Host: h\r\n";
  for (const auto& bytes : std::vector<std::string>{"HEAD /a HTTP/1.1\r\n" + host,
                                                    "POST /a HTTP/1.1\r\n" + host,
                                                    "get /a HTTP/1.1\r\n" + host,
                                                    "GET /a HTTP/1.0\r\n" + host,
                                                    "GET /a HTTP/1.2\r\n" + host,
                                                    "GET http://h/a HTTP/1.1\r\n" + host,
                                                    "GET * HTTP/1.1\r\n" + host,
                                                    "GET  /a HTTP/1.1\r\n" + host,
                                                    "GET /a  HTTP/1.1\r\n" + host,
                                                    "GET /a b HTTP/1.1\r\n" + host,
                                                    "GET /\xc3\xa9 HTTP/1.1\r\n" + host,
                                                    "GET /a HTTP/1.1\n" + host,
                                                    "\r\n" + line + host,
                                                    line,
                                                    line + host + host,
                                                    line + host + "hOST: h\r\n",
                                                    line + host + "Content-Length: 0\r\n",
                                                    line + host + "content-length: 5\r\n",
                                                    line + host + "Transfer-Encoding: chunked\r\n",
                                                    line + host + "Expect: 100-continue\r\n",
                                                    line + host + "Upgrade: h2c\r\n",
                                                    line + host + "Connection: close\r\n",
                                                    line + host + "Connection: keep-alive, x\r\n",
                                                    line + host + "Connection: upgrade\r\n",
                                                    line + host + "Connection:\r\n",
                                                    line + host + "Proxy-Connection: close\r\n",
                                                    line + host + "Name : x\r\n",
                                                    line + host + ": x\r\n",
                                                    line + host + "No colon\r\n",
                                                    line + host + " folded\r\n",
                                                    line + host + "A: b\r\n\tfolded\r\n",
                                                    line + host + "A: \x01\r\n",
                                                    line + host + "A: \x7f\r\n",
                                                    line + host + "A: \xc3\xa9\r\n",
                                                    line + host + "A: b\n",
                                                    line + host + "A: b\rC: d\r\n",
                                                    line + host + std::string("A: \0\r\n", 6),
                                                    line + host + "A(b): c\r\n"}) {
    EXPECT_FALSE(recognise_plain_request(bytes + "\r\n")) << bytes;
  }
}

TEST(PlainRequest, IsWhatBeastTakesItFor) {
  const std::vector<std::string> lines = {"Host: h\r\n",
                                          "host:\r\n",
                                          "Accept: */*\r\n",
                                          "Connection: keep-alive\r\n",
                                          "Connection: close\r\n",
                                          "CONNECTION:  Keep-Alive\r\n",
                                          "Content-Length: 0\r\n",
                                          "Transfer-Encoding: chunked\r\n",
                                          "Expect: x\r\n",
                                          "Upgrade: x\r\n",
                                          "X: \t y \t\r\n",
                                          "TE: trailers\r\n",
                                          "Trailer: x\r\n",
                                          "Keep-Alive: timeout=5\r\n",
                                          "Proxy-Connection: close\r\n"};
  constexpr std::string_view odd_bytes("\r\n :\t\0\x7f\x80/aH,;\"", 15);
  std::mt19937 random(6);
  std::size_t recognised = 0;
  std::size_t changed_ones = 0;
  for (int round = 0; round < 300'000; ++round) {
    std::string bytes = "GET /api/config/flags/a HTTP/1.1\r\nHost: h\r\n";
    if (random() % 8 == 0) bytes = "GET /a HTTP/1.1\r\n";
    for (auto left = random() % 4; left > 0; --left) bytes += lines[random() % lines.size()];
    bytes += "\r\n";
    const auto changes = random() % 3;
    for (auto left = changes; left > 0; --left) {
      const auto place = random() % bytes.size();
      switch (random() % 3) {
        case 0: bytes[place] = odd_bytes[random() % odd_bytes.size()]; break;
        case 1: bytes.insert(place, 1, odd_bytes[random() % odd_bytes.size()]); break;
        default: bytes.erase(place, 1);
      }
    }
    const auto plain = recognise_plain_request(bytes);
    if (!plain) continue;
    ++recognised;
    changed_ones += changes > 0 ? 1 : 0;
    expect_beast_agrees(bytes.substr(0, plain->size), *plain);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(recognised, 20'000U);
  EXPECT_GT(changed_ones, 5'000U);
}

TEST(PlainRequest, AsLongAsAHeaderMayBeIsTakenByBeastToo) {
  std::string bytes = "GET /a HTTP/1.1\r\nHost: h\r\nX: ";
  bytes += std::string(header_limit - bytes.size() - 4, 'x') + "\r\n\r\n";
  ASSERT_EQ(bytes.size(), header_limit);
  const auto plain = recognise_plain_request(bytes);
  ASSERT_TRUE(plain);
  expect_beast_agrees(bytes, *plain);
}

}  // namespace
}  // namespace hearth::adapters::http
