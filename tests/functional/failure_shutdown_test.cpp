#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "functional/failure_fixture.hpp"
#include "support/eventually.hpp"

namespace hearth::functional {
namespace {

using test_support::eventually;
using test_support::execute;
using test_support::HearthServer;
using test_support::HttpConnection;
using namespace std::chrono_literals;

class Shutdown : public FailureTest {};

TEST_F(Shutdown, RequestUnderWayFinishesAndTheExitCodeIs0) {
  HearthServer server(options());
  redis.run({"DEL", redis_key("flag-9")});
  HttpConnection waiting(server.port());
  HttpConnection idle(server.port());
  ASSERT_EQ(idle.request("GET", "/livez").status, 200);
  // The database holds the answer back until the server has been asked to end.
  postgres.pause();
  waiting.send_bytes("GET /api/config/flags/flag-9 HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(eventually(5s, [&] {
    const auto statistics = json_of(server.request("GET", "/api/admin/cache/stats", admin()));
    return at(statistics, "databaseReads").as_int64() >= 1;
  }));
  server.process().signal(SIGTERM);
  EXPECT_TRUE(idle.closed_by_server(5s));
  postgres.resume();
  const auto response = waiting.read_response();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(at(json_of(response), "key"), "flag-9");
  EXPECT_EQ(response.header("Connection"), "close");
  EXPECT_EQ(server.process().wait(15s), 0);
}

TEST_F(Shutdown, NewConnectionsAreRefusedAfterTheSignal) {
  HearthServer server(options());
  EXPECT_EQ(server.stop(), 0);
  EXPECT_THROW((void)server.request("GET", "/livez"), std::runtime_error);
}

TEST_F(Shutdown, CountedReadsAreInTheDatabase) {
  auto slow_flush = options({{"ACCESS_FLUSH_SECONDS", "3600"}});
  HearthServer server(slow_flush);
  for (int i = 0; i < 7; ++i) ASSERT_EQ(read_flag(server, "flag-1").status, 200);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(server.request("GET", "/api/config/flags/flag-2/evaluation?userId=ada").status, 200);
  }
  ASSERT_EQ(read_flag(server, "no-such-flag").status, 404);
  const auto counted =
      "SELECT f.flag_key, a.request_count, a.heat IS NOT NULL, "
      "a.last_accessed_at > now() - interval '1 hour' FROM feature_flag_access a "
      "JOIN feature_flags f ON f.id = a.flag_id ORDER BY f.flag_key";
  EXPECT_TRUE(execute(database, counted).empty());
  EXPECT_EQ(server.stop(), 0);
  const test_support::PostgresServer::Rows expected{{"flag-1", "7", "t", "t"},
                                                    {"flag-2", "3", "t", "t"}};
  EXPECT_EQ(execute(database, counted), expected);
}

TEST_F(Shutdown, EndsInTimeWithBothServersDown) {
  HearthServer server(options());
  ASSERT_EQ(read_flag(server, "flag-1").status, 200);
  postgres.stop();
  redis.stop();
  EXPECT_EQ(server.stop(15s), 0);
}

TEST_F(Shutdown, InterruptEndsItToo) {
  HearthServer server(options());
  server.process().signal(SIGINT);
  EXPECT_EQ(server.process().wait(15s), 0);
}

}  // namespace
}  // namespace hearth::functional
