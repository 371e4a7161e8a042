// A read of one flag that waits for the shared cache has a way of its own between the prompt and
// the long one: nobody may be able to tell which way an answer has come. Without near copies, every
// read waits.
#include <gtest/gtest.h>

#include <array>

#include "functional/functional_support.hpp"
#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::functional {
namespace {

using test_support::HearthServer;
using test_support::HttpConnection;

class HttpSharedReads : public testing::Test {
 protected:
  static HearthServer& server() {
    static test_support::TemporaryDirectory folder;
    static HearthServer server([] {
      HearthServer::Options options;
      options.environment = basic_environment();
      options.environment["DATABASE_URL"] = "sqlite:" + (folder.path() / "flags.db").string();
      options.environment["CACHE_WARMING_ENABLED"] = "false";
      options.environment["NEAR_CACHE_TTL_MS"] = "0";
      return options;
    }());
    return server;
  }

  static void make_hit(std::string_view key) { ASSERT_TRUE(becomes_a_hit(server(), key)) << key; }

  static std::string request_for(std::string_view target, std::string_view headers = "") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(headers) +
           "\r\n";
  }

  static std::string answer_with(std::string_view body, std::string_view connection) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: " +
           std::to_string(body.size()) +
           "\r\nX-Cache: hit\r\nConnection: " + std::string(connection) + "\r\n\r\n" +
           std::string(body);
  }
};

TEST_F(HttpSharedReads, AreByteForByteThoseOfTheLongWay) {
  ASSERT_EQ(create_flag(server(), R"({"key":"s-1","description":"\"Seed\"\t\u00e9"})").status, 201);
  make_hit("s-1");
  const auto expected = answer_with(
      "{\"key\":\"s-1\",\"enabled\":false,\"rolloutPercentage\":100,"
      "\"description\":\"\\\"Seed\\\"\\u0009\xc3\xa9\"}",
      "keep-alive");
  const std::array requests = {
      request_for("/api/config/flags/s-1"),
      request_for("/api/config/flags/s-1?environment=production"),
      request_for("/api/config/flags/%73-1"),
      request_for("/api/config/flags/s-1?user=u"),
      request_for("/api/config/flags/s-1", "Content-Length: 0\r\n"),
  };
  HttpConnection connection(server().port());
  for (const auto& request : requests) {
    connection.send_bytes(request);
    EXPECT_EQ(connection.read_bytes(expected.size()), expected) << request;
  }
  connection.send_bytes("HEAD" + requests[0].substr(3) + requests[0]);
  const auto head = expected.substr(0, expected.find("\r\n\r\n") + 4);
  EXPECT_EQ(connection.read_bytes(head.size()), head);
  EXPECT_EQ(connection.read_bytes(expected.size()), expected);
}

TEST_F(HttpSharedReads, OfEvaluationsAreThoseOfTheLongWayToo) {
  ASSERT_EQ(create_flag(server(), R"({"key":"s-2","enabled":true,"rolloutPercentage":50})").status,
            201);
  make_hit("s-2");
  HttpConnection connection(server().port());
  const std::string target = "/api/config/flags/s-2/evaluation";
  for (const std::string user : {"", "?userId=", "?userId=u-1", "?userId=u-2", "?userId=u-3"}) {
    const auto mark = user.empty() ? "?" : "&";
    // An unknown parameter changes nothing but the way.
    connection.send_bytes(request_for(target + user + mark + "x=1"));
    const auto expected = answer_with(connection.read_response().body, "keep-alive");
    connection.send_bytes(request_for(target + user));
    EXPECT_EQ(connection.read_bytes(expected.size()), expected) << user;
  }
}

TEST_F(HttpSharedReads, OfWhatIsNotThereAreRefusedAlike) {
  ASSERT_EQ(create_flag(server(), R"({"key":"s-3"})").status, 201);
  ASSERT_EQ(server().request("DELETE", "/api/admin/flags/s-3", admin()).status, 204);
  HttpConnection connection(server().port());
  for (const std::string target :
       {"/api/config/flags/s-3", "/api/config/flags/s-3/evaluation", "/api/config/flags/s-none",
        "/api/config/flags/a%24b", "/api/config/flags/..x..",
        "/api/config/flags/s-3?environment=a.b", "/api/config/flags/s-3?environment="}) {
    const auto mark = target.find('?') == std::string::npos ? "?" : "&";
    for (int i = 0; i < 2; ++i) {
      const auto answer = connection.request("GET", target);
      const auto long_way = connection.request("GET", target + mark + "x=1");
      EXPECT_EQ(answer.status, long_way.status) << target;
      EXPECT_EQ(answer.body, long_way.body) << target;
      EXPECT_GE(answer.status, 400) << target;
    }
  }
}

TEST_F(HttpSharedReads, ThatCameInTogetherAreAnsweredInTheirOrder) {
  for (const auto* key : {"s-4", "s-5"}) {
    ASSERT_EQ(create_flag(server(), R"({"key":")" + std::string(key) + "\"}").status, 201);
    make_hit(key);
  }
  std::string requests;
  for (int i = 0; i < 300; ++i) {
    requests += request_for(i % 3 == 0   ? "/api/config/flags/s-4"
                            : i % 3 == 1 ? "/api/config/flags/s-none"
                                         : "/api/config/flags/s-5/evaluation");
  }
  HttpConnection connection(server().port());
  connection.send_bytes(requests);
  for (int i = 0; i < 300; ++i) {
    const auto response = connection.read_response();
    ASSERT_EQ(response.status, i % 3 == 1 ? 404 : 200) << i;
    if (i % 3 == 1) continue;
    ASSERT_EQ(at(json_of(response), "key"), i % 3 == 0 ? "s-4" : "s-5") << i;
  }
}

TEST_F(HttpSharedReads, AreCountedLikeAllOthers) {
  ASSERT_EQ(create_flag(server(), R"({"key":"s-6"})").status, 201);
  make_hit("s-6");
  const auto hits = [] {
    const auto statistics = json_of(server().request("GET", "/api/admin/cache/stats", admin()));
    return at(statistics, "lookups.shared").to_number<std::int64_t>();
  };
  const auto answered = [](std::string_view status) {
    const auto page = server().request("GET", "/metrics").body;
    const auto series = "hearth_http_request_duration_seconds_count{method=\"GET\",route=\"" +
                        std::string("/api/config/flags/:flagKey") + "\",status=\"" +
                        std::string(status) + "\"}";
    const auto count = page.find(series);
    EXPECT_NE(count, std::string::npos) << page;
    return std::stoll(page.substr(count + series.size()));
  };
  HttpConnection connection(server().port());
  EXPECT_EQ(connection.request("GET", "/api/config/flags/s-none").status, 404);
  const auto hits_before = hits();
  const auto found_before = answered("2xx");
  const auto refused_before = answered("4xx");
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(connection.request("GET", "/api/config/flags/s-6").header("X-Cache"), "hit");
    ASSERT_EQ(connection.request("GET", "/api/config/flags/s-none").status, 404);
  }
  EXPECT_EQ(answered("2xx") - found_before, 50);
  EXPECT_EQ(answered("4xx") - refused_before, 50);
  EXPECT_EQ(hits() - hits_before, 100) << "known not to exist is an answer of the cache too";
}

TEST_F(HttpSharedReads, EndWithTheRequestThatClosesTheConnection) {
  ASSERT_EQ(create_flag(server(), R"({"key":"s-7"})").status, 201);
  make_hit("s-7");
  HttpConnection connection(server().port());
  const auto request = request_for("/api/config/flags/s-7");
  connection.send_bytes(request + request_for("/api/config/flags/s-7", "Connection: close\r\n") +
                        request);
  EXPECT_EQ(connection.read_response().header("Connection"), "keep-alive");
  EXPECT_EQ(connection.read_response().header("Connection"), "close");
  EXPECT_TRUE(connection.closed_by_server(std::chrono::seconds(5)));
}

}  // namespace
}  // namespace hearth::functional
