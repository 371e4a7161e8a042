#include <gtest/gtest.h>

#include <deque>

#include "functional/http_server_fixture.hpp"

namespace hearth::functional {
namespace {

using test_support::HttpConnection;
using namespace std::chrono_literals;

constexpr std::string_view seed_9 =
    R"({"key":"seed-9","enabled":true,"rolloutPercentage":100,"description":"Seed 9"})";

class HttpConnections : public HttpServerTest {
 protected:
  static std::string create_head(std::string_view headers) {
    return "POST /api/admin/flags HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
           std::string(admin_token) + "\r\n" + std::string(headers) + "\r\n";
  }
  static std::string flag_body(std::string_view key) {
    return R"({"key":")" + std::string(key) + R"("})";
  }
};

TEST_F(HttpConnections, KeepAliveCarriesManyRequests) {
  HttpConnection connection(server().port());
  for (int i = 0; i < 100; ++i) {
    const auto response = connection.request("GET", "/api/config/flags/seed-9");
    ASSERT_EQ(response.status, 200);
    EXPECT_EQ(response.body, seed_9);
    EXPECT_EQ(response.header("Connection"), "keep-alive");
  }
  // An error that is the request's own does not end the connection.
  EXPECT_EQ(connection.request("GET", "/api/config/flags/no-such").status, 404);
  EXPECT_EQ(connection.request("GET", "/api/config/flags/a%20b").status, 400);
  EXPECT_EQ(connection.request("POST", "/api/admin/flags", admin(), "{").status, 400);
  EXPECT_EQ(connection.request("GET", "/livez").status, 200);
}

TEST_F(HttpConnections, CloseIsHonoured) {
  HttpConnection connection(server().port());
  const auto response = connection.request("GET", "/livez", {{"Connection", "close"}});
  EXPECT_EQ(response.header("Connection"), "close");
  EXPECT_TRUE(connection.closed_by_server(5s));

  HttpConnection old(server().port());
  old.send_bytes("GET /livez HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read_response().status, 200);
  EXPECT_TRUE(old.closed_by_server(5s));
}

TEST_F(HttpConnections, PipelinedRequestsAreAnsweredInOrder) {
  ASSERT_TRUE(becomes_a_hit(server(), "seed-9"));
  HttpConnection connection(server().port());
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    // A miss takes longer than a hit, and a change longer still: the order holds all the same.
    if (i % 10 == 3) {
      const auto body = flag_body("pipelined-" + std::to_string(i));
      requests += create_head("Content-Length: " + std::to_string(body.size()) + "\r\n") + body;
    } else {
      const auto key = i % 10 == 5 ? "none-" + std::to_string(i) : std::string("seed-9");
      requests += "GET /api/config/flags/" + key + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }
  }
  connection.send_bytes(requests);
  for (int i = 0; i < 200; ++i) {
    const auto response = connection.read_response();
    const auto number = "-" + std::to_string(i);
    if (i % 10 == 3) {
      EXPECT_EQ(response.status, 201);
      EXPECT_EQ(at(json_of(response), "key").as_string(), "pipelined" + number);
    } else if (i % 10 == 5) {
      expect_error(response, 404, "NOT_FOUND", "'none" + number + "'");
    } else {
      EXPECT_EQ(response.body, seed_9);
    }
  }
}

TEST_F(HttpConnections, ClientThatEndsItsSideStillGetsItsAnswers) {
  HttpConnection connection(server().port());
  connection.send_bytes(
      "GET /livez HTTP/1.1\r\nHost: h\r\n\r\nGET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
  connection.finish_sending();
  EXPECT_EQ(connection.read_response().status, 200);
  EXPECT_EQ(connection.read_response().status, 200);
  EXPECT_TRUE(connection.closed_by_server(5s));
}

TEST_F(HttpConnections, ExpectContinueIsAnsweredBeforeTheBody) {
  HttpConnection connection(server().port());
  const auto body = flag_body("expected");
  connection.send_bytes(create_head(
      "Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"));
  constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(connection.read_bytes(go_on.size()), go_on);
  connection.send_bytes(body);
  EXPECT_EQ(connection.read_response().status, 201);
}

TEST_F(HttpConnections, ExpectContinueForTooLargeABodyIsRefusedAtOnce) {
  HttpConnection connection(server().port());
  connection.send_bytes(create_head("Expect: 100-continue\r\nContent-Length: 65537\r\n"));
  expect_error(connection.read_response(), 413, "BODY_TOO_LARGE", "64 KiB");
}

TEST_F(HttpConnections, ChunkedBodyIsAccepted) {
  HttpConnection connection(server().port());
  connection.send_bytes(create_head("Transfer-Encoding: chunked\r\n") +
                        "8\r\n{\"key\":\"\r\n7\r\nchunked\r\n2\r\n\"}\r\n0\r\n\r\n");
  EXPECT_EQ(connection.read_response().status, 201);
  EXPECT_EQ(connection.request("GET", "/api/config/flags/chunked").status, 200);
}

TEST_F(HttpConnections, SlowClientDoesNotHoldUpOthers) {
  std::deque<HttpConnection> slow;
  // More of them than there are threads.
  for (int i = 0; i < 8; ++i) slow.emplace_back(server().port());
  const std::string request = "GET /api/config/flags/seed-9 HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const char byte : request) {
    for (auto& connection : slow) connection.send_bytes({&byte, 1});
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(get("/livez").status, 200);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  }
  for (auto& connection : slow) EXPECT_EQ(connection.read_response().body, seed_9);
}

TEST_F(HttpConnections, TwoHundredAtOnceAreServed) {
  std::deque<HttpConnection> connections;
  for (int i = 0; i < 200; ++i) connections.emplace_back(server().port());
  for (int round = 0; round < 3; ++round) {
    for (auto& connection : connections) {
      connection.send_bytes("GET /api/config/flags/seed-9 HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    for (auto& connection : connections) {
      const auto response = connection.read_response();
      ASSERT_EQ(response.status, 200);
      EXPECT_EQ(response.body, seed_9);
    }
  }
}

TEST_F(HttpConnections, PeersThatVanishLeaveNothingBehind) {
  for (int i = 0; i < 50; ++i) {
    HttpConnection(server().port()).send_bytes("GET /api/config/flags/seed-9 HTTP/1.1\r\nHost: h");
    HttpConnection(server().port())
        .send_bytes("GET /api/config/flags/seed-9 HTTP/1.1\r\nHost: h\r\n\r\n");
    HttpConnection(server().port()).send_bytes(create_head("Content-Length: 100\r\n") + "{");
  }
  EXPECT_EQ(get("/api/config/flags/seed-9").body, seed_9);
}

}  // namespace
}  // namespace hearth::functional
