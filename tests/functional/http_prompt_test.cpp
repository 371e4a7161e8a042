// A flag of which the thread holds a copy is answered at once, everything else the long way:
// nobody may be able to tell which way an answer has come.
#include <gtest/gtest.h>

#include <array>

#include "functional/functional_support.hpp"
#include "support/eventually.hpp"
#include "support/hearth_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::functional {
namespace {

using test_support::HearthServer;
using test_support::HttpConnection;

/// Talks to an embedded server whose copies last as long as nobody changes their flags.
class HttpPromptAnswers : public testing::Test {
 protected:
  static HearthServer& server() {
    static test_support::TemporaryDirectory folder;
    static HearthServer server([] {
      HearthServer::Options options;
      options.environment = basic_environment();
      options.environment["DATABASE_URL"] = "sqlite:" + (folder.path() / "flags.db").string();
      options.environment["CACHE_WARMING_ENABLED"] = "false";
      options.environment["NEAR_CACHE_TTL_MS"] = "3600000";
      return options;
    }());
    return server;
  }

  static std::string request_for(std::string_view target, std::string_view headers = "") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(headers) +
           "\r\n";
  }

  static std::string answer_with(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\nX-Cache: near\r\nConnection: keep-alive\r\n\r\n" +
           std::string(body);
  }

  /// Reads over `connection`, which one thread serves, until that has a copy.
  static void make_near(HttpConnection& connection, std::string_view target) {
    EXPECT_TRUE(test_support::eventually(std::chrono::seconds(5), [&] {
      return connection.request("GET", target).header("X-Cache") == "near";
    })) << target;
  }
};

TEST_F(HttpPromptAnswers, AreByteForByteThoseOfTheLongWay) {
  ASSERT_EQ(create_flag(server(), R"({"key":"seed-5","description":"\"Seed\"\t5"})").status, 201);
  const auto expected = answer_with(
      R"({"key":"seed-5","enabled":false,"rolloutPercentage":100,"description":"\"Seed\"\u00095"})");
  HttpConnection connection(server().port());
  make_near(connection, "/api/config/flags/seed-5");
  // By the first, the prompt way; each of the others has something that is left to the long one.
  const std::array requests = {
      request_for("/api/config/flags/seed-5"),
      request_for("/api/config/flags/seed-5?environment=production"),
      request_for("/api/config/flags/seed-5", "Connection: keep-alive\r\nAccept: */*\r\n"),
      request_for("/api/config/flags/%73eed-5"),
      request_for("/api/config/flags/seed-5?userId=u"),
      request_for("/api/config/flags/seed-5?user=u"),
      request_for("/api/config/flags/seed-5?environment=production&environment=staging"),
      request_for("/api/config/flags/seed-5?environment=%70roduction"),
      request_for("/api/config/flags/seed-5?"),
      request_for("/api/config/flags/seed-5", "Connection: x, keep-alive\r\n"),
      request_for("/api/config/flags/seed-5", "Upgrade: h2c\r\n"),
      request_for("/api/config/flags/seed-5", "X-Name: \xc3\xa9\r\n"),
      request_for("/api/config/flags/seed-5", "X-Folded: a\r\n b\r\n"),
      request_for("/api/config/flags/seed-5", "Content-Length: 0\r\n"),
      request_for("/api/config/flags/seed-5", "Content-Length: 2\r\n") + "{}",
      request_for("/api/config/flags/seed-5", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n",
  };
  for (const auto& request : requests) {
    for (int i = 0; i < 2; ++i) {
      connection.send_bytes(request);
      EXPECT_EQ(connection.read_bytes(expected.size()), expected) << request;
    }
  }
  // And the long way's after prompt ones: HEAD has the same head.
  connection.send_bytes(requests[0] + "HEAD" + requests[0].substr(3) + requests[0]);
  const auto head = expected.substr(0, expected.find("\r\n\r\n") + 4);
  EXPECT_EQ(connection.read_bytes(expected.size()), expected);
  EXPECT_EQ(connection.read_bytes(head.size()), head);
  EXPECT_EQ(connection.read_bytes(expected.size()), expected);
}

TEST_F(HttpPromptAnswers, OfEvaluationsAreThoseOfTheLongWayToo) {
  ASSERT_EQ(create_flag(server(), R"({"key":"prompt-split","enabled":true,"rolloutPercentage":50})")
                .status,
            201);
  HttpConnection connection(server().port());
  make_near(connection, "/api/config/flags/prompt-split");
  const std::string target = "/api/config/flags/prompt-split/evaluation";
  for (const std::string user : {"", "?userId=", "?userId=u-1", "?userId=u-2", "?userId=u-3",
                                 "?environment=production&userId=u-4", "?userId=u-5"}) {
    const auto mark = user.empty() ? "?" : "&";
    // An unknown parameter changes nothing but the way.
    connection.send_bytes(request_for(target + user + mark + "x=1"));
    const auto expected = answer_with(connection.read_response().body);
    connection.send_bytes(request_for(target + user));
    EXPECT_EQ(connection.read_bytes(expected.size()), expected);
  }
}

TEST_F(HttpPromptAnswers, DoNotDependOnHowTheRequestArrives) {
  ASSERT_EQ(create_flag(server(), R"({"key":"seed-6"})").status, 201);
  HttpConnection connection(server().port());
  make_near(connection, "/api/config/flags/seed-6");
  const auto request = request_for("/api/config/flags/seed-6", "Accept: */*\r\n");
  const auto twice = request + request;
  for (std::size_t first = 1; first < twice.size(); ++first) {
    connection.send_bytes(std::string_view(twice).substr(0, first));
    connection.send_bytes(std::string_view(twice).substr(first));
    for (int i = 0; i < 2; ++i) {
      const auto response = connection.read_response();
      ASSERT_EQ(response.status, 200) << first;
      ASSERT_EQ(response.body,
                R"({"key":"seed-6","enabled":false,"rolloutPercentage":100,"description":""})");
    }
  }
}

TEST_F(HttpPromptAnswers, FollowAChangeAtOnce) {
  ASSERT_EQ(create_flag(server(), R"({"key":"prompt-change"})").status, 201);
  HttpConnection connection(server().port());
  for (int percentage = 0; percentage < 50; ++percentage) {
    const auto part = R"("rolloutPercentage":)" + std::to_string(percentage);
    ASSERT_EQ(patch_flag(server(), "prompt-change", "{" + part + "}").status, 200);
    for (int i = 0; i < 3; ++i) {
      const auto response = connection.request("GET", "/api/config/flags/prompt-change");
      ASSERT_NE(response.body.find(part + ","), std::string::npos) << response.body;
    }
  }
  ASSERT_EQ(server().request("DELETE", "/api/admin/flags/prompt-change", admin()).status, 204);
  EXPECT_EQ(connection.request("GET", "/api/config/flags/prompt-change").status, 404);
}

TEST_F(HttpPromptAnswers, AreCountedLikeAllOthers) {
  ASSERT_EQ(create_flag(server(), R"({"key":"seed-7"})").status, 201);
  HttpConnection connection(server().port());
  make_near(connection, "/api/config/flags/seed-7");
  const auto near = [] {
    const auto statistics = json_of(server().request("GET", "/api/admin/cache/stats", admin()));
    return at(statistics, "lookups.near").to_number<std::int64_t>();
  };
  const auto answered = [] {
    const auto page = server().request("GET", "/metrics").body;
    constexpr std::string_view series = R"(route="/api/config/flags/:flagKey",status="2xx"})";
    const auto count = page.find("hearth_http_request_duration_seconds_count{method=\"GET\"," +
                                 std::string(series));
    EXPECT_NE(count, std::string::npos) << page;
    return std::stoll(page.substr(page.find(' ', count)));
  };
  const auto lookups_before = near();
  const auto answers_before = answered();
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += request_for("/api/config/flags/seed-7");
  connection.send_bytes(requests);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(connection.read_response().status, 200);
  EXPECT_EQ(near() - lookups_before, 100);
  EXPECT_EQ(answered() - answers_before, 100);
}

TEST_F(HttpPromptAnswers, WaitForAPeerThatReadsLate) {
  // Short requests for long answers, 60 MB of them: more than the buffers of both sides take at
  // once, while the requests fit.
  std::string description;
  for (int i = 0; i < 2000; ++i) description += "\u4fa1";
  ASSERT_EQ(create_flag(server(), R"({"key":"l","description":")" + description + "\"}").status,
            201);
  HttpConnection connection(server().port());
  make_near(connection, "/api/config/flags/l");
  constexpr int count = 10'000;
  std::string requests;
  for (int i = 0; i < count; ++i) requests += "GET /api/config/flags/l HTTP/1.1\r\nHost:\r\n\r\n";
  connection.send_bytes(requests);
  EXPECT_EQ(server().request("GET", "/livez").status, 200);
  const auto body = server().request("GET", "/api/config/flags/l").body;
  for (int i = 0; i < count; ++i) {
    const auto response = connection.read_response();
    ASSERT_EQ(response.status, 200) << i;
    ASSERT_EQ(response.body, body) << i;
  }
}

TEST_F(HttpPromptAnswers, EndWithTheRequestThatClosesTheConnection) {
  ASSERT_EQ(create_flag(server(), R"({"key":"seed-8"})").status, 201);
  HttpConnection connection(server().port());
  make_near(connection, "/api/config/flags/seed-8");
  connection.send_bytes(request_for("/api/config/flags/seed-8") +
                        request_for("/api/config/flags/seed-8", "Connection: close\r\n") +
                        request_for("/api/config/flags/seed-8"));
  EXPECT_EQ(connection.read_response().header("Connection"), "keep-alive");
  EXPECT_EQ(connection.read_response().header("Connection"), "close");
  EXPECT_TRUE(connection.closed_by_server(std::chrono::seconds(5)));
}

}  // namespace
}  // namespace hearth::functional
