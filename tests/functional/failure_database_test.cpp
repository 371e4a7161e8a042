#include <gtest/gtest.h>

#include "functional/failure_fixture.hpp"
#include "support/eventually.hpp"

namespace hearth::functional {
namespace {

using test_support::eventually;
using test_support::HearthServer;
using namespace std::chrono_literals;

class FailureOfPostgres : public FailureTest {
 protected:
  static void expect_unavailable(const test_support::HttpResponse& response) {
    expect_error(response, 503, "UNAVAILABLE");
    EXPECT_EQ(response.header("Retry-After"), "1");
  }
};

TEST_F(FailureOfPostgres, WarmFlagsAreServedAndTheRestSays503) {
  const HearthServer server(options());
  ASSERT_TRUE(becomes_a_hit(server, "flag-1"));
  redis.run({"DEL", redis_key("flag-9")});
  postgres.stop();
  for (int i = 0; i < 50; ++i) {
    const auto response = read_flag(server, "flag-1");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("X-Cache"), "hit");
  }
  expect_unavailable(read_flag(server, "flag-9"));
  expect_unavailable(server.request("GET", "/api/config/flags"));
  expect_unavailable(server.request("GET", "/api/admin/flags", admin()));
  expect_unavailable(server.request("GET", "/api/admin/flags/flag-1", admin()));
  EXPECT_EQ(server.request("GET", "/livez").status, 200);
  EXPECT_EQ(readiness(server), "degraded");
  EXPECT_EQ(server.request("GET", "/readyz").status, 200);

  const auto before = cached("flag-1");
  expect_unavailable(patch_flag(server, "flag-1", R"({"enabled":false})"));
  expect_unavailable(create_flag(server, R"({"key":"new-one"})"));
  expect_unavailable(server.request("DELETE", "/api/admin/flags/flag-2", admin()));
  EXPECT_EQ(cached("flag-1"), before);

  const auto warm = server.request("POST", "/api/admin/cache/warm", admin());
  EXPECT_EQ(warm.status, 200);
  EXPECT_EQ(at(json_of(warm), "warmed"), 0);
  EXPECT_FALSE(at(record_of(server, warm), "error").is_null());
  EXPECT_EQ(cached("flag-1"), before);

  postgres.start();
  EXPECT_TRUE(eventually(15s, [&] { return read_flag(server, "flag-9").status == 200; }));
  EXPECT_EQ(at(json_of(read_flag(server, "flag-1")), "enabled"), true);
  EXPECT_EQ(read_flag(server, "new-one").status, 404);
  EXPECT_EQ(read_flag(server, "flag-2").status, 200);
  EXPECT_EQ(patch_flag(server, "flag-1", R"({"enabled":false})").status, 200);
  EXPECT_EQ(at(json_of(read_flag(server, "flag-1")), "enabled"), false);
  EXPECT_TRUE(becomes(server, "ready"));
}

TEST_F(FailureOfPostgres, MessageForEverybodyTellsNothingOfTheInside) {
  const HearthServer server(options());
  postgres.stop();
  redis.run({"FLUSHALL"});
  const auto response = read_flag(server, "flag-1");
  EXPECT_EQ(response.body,
            R"({"error":"UNAVAILABLE","message":"The flag cannot be read at the moment; )"
            R"(try again soon"})");
}

TEST_F(FailureOfPostgres, HangingDatabaseEndsReadsWith503AndLeavesHitsAlone) {
  const HearthServer server(options());
  ASSERT_TRUE(becomes_a_hit(server, "flag-1"));
  redis.run({"DEL", redis_key("flag-9")});
  postgres.pause();
  expect_unavailable(read_flag(server, "flag-9"));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(read_flag(server, "flag-1").header("X-Cache"), "hit");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 500ms);
  postgres.resume();
  EXPECT_TRUE(eventually(15s, [&] { return read_flag(server, "flag-9").status == 200; }));
}

TEST_F(FailureOfPostgres, AbsentAtTheStartTheServerStartsAndServesWhatRedisHas) {
  {
    const HearthServer earlier(options());
  }
  ASSERT_FALSE(cached("flag-1").empty());
  postgres.stop();
  const HearthServer server(options());
  EXPECT_EQ(read_flag(server, "flag-1").header("X-Cache"), "hit");
  expect_unavailable(read_flag(server, "flag-unknown"));
  EXPECT_EQ(readiness(server), "degraded");
  postgres.start();
  EXPECT_TRUE(eventually(15s, [&] { return read_flag(server, "flag-unknown").status == 404; }));
}

TEST_F(FailureOfPostgres, WithRedisDownTooEverythingSays503AndLivesOn) {
  const HearthServer server(options());
  ASSERT_TRUE(becomes_a_hit(server, "flag-1"));
  postgres.stop();
  redis.stop();
  EXPECT_TRUE(eventually(10s, [&] { return read_flag(server, "flag-1").status == 503; }));
  for (int i = 0; i < 20; ++i) expect_unavailable(read_flag(server, "flag-1"));
  expect_unavailable(server.request("GET", "/api/config/flags/flag-1/evaluation?userId=ada"));
  expect_unavailable(patch_flag(server, "flag-1", R"({"enabled":false})"));
  const auto warm = server.request("POST", "/api/admin/cache/warm", admin());
  EXPECT_EQ(warm.status, 200);
  EXPECT_EQ(at(json_of(warm), "warmed"), 0);
  EXPECT_EQ(server.request("GET", "/livez").status, 200);
  EXPECT_EQ(server.request("GET", "/api/admin/cache/stats", admin()).status, 200);

  redis.start();
  postgres.start();
  EXPECT_TRUE(eventually(15s, [&] { return read_flag(server, "flag-1").status == 200; }));
  EXPECT_TRUE(becomes_a_hit(server, "flag-1"));
  EXPECT_EQ(at(json_of(read_flag(server, "flag-1")), "enabled"), true);
}

TEST_F(FailureOfPostgres, WithRedisDownTooTheLastKnownValueIsServedAndSaysSo) {
  const HearthServer server(options({{"NEAR_CACHE_TTL_MS", "5000"}, {"THREADS", "1"}}));
  ASSERT_TRUE(
      eventually(5s, [&] { return read_flag(server, "flag-1").header("X-Cache") == "near"; }));
  postgres.stop();
  redis.stop();
  ASSERT_TRUE(
      eventually(10s, [&] { return read_flag(server, "flag-1").header("X-Cache") == "stale"; }));
  EXPECT_EQ(at(json_of(read_flag(server, "flag-1")), "enabled"), true);
  expect_unavailable(read_flag(server, "never-asked-for"));

  redis.start();
  postgres.start();
  EXPECT_TRUE(
      eventually(15s, [&] { return read_flag(server, "flag-1").header("X-Cache") == "near"; }));
}

TEST_F(FailureOfPostgres, AloneLetsANearCopyThatHasExpiredBeServedAsStale) {
  const HearthServer server(options({{"NEAR_CACHE_TTL_MS", "50"}, {"THREADS", "1"}}));
  ASSERT_TRUE(
      eventually(5s, [&] { return read_flag(server, "flag-1").header("X-Cache") == "near"; }));
  postgres.stop();
  redis.run({"DEL", redis_key("flag-1")});
  EXPECT_TRUE(
      eventually(10s, [&] { return read_flag(server, "flag-1").header("X-Cache") == "stale"; }));
  EXPECT_EQ(read_flag(server, "flag-1").status, 200);
}

TEST_F(FailureOfPostgres, HangingKeepsAReadThatHasALastKnownValueLessLongThanOneThatHasNone) {
  const HearthServer server(options({{"NEAR_CACHE_TTL_MS", "50"}, {"THREADS", "1"}}));
  ASSERT_EQ(read_flag(server, "flag-1").status, 200);
  redis.run({"DEL", redis_key("flag-1")});
  postgres.pause();
  // Of the first answer that is none of the copy, which lives for a moment yet.
  const auto time_of = [&](const std::string& flag, const std::string& source, int status) {
    auto begun = std::chrono::steady_clock::now();
    auto response = read_flag(server, flag);
    while (response.header("X-Cache") == "near") {
      begun = std::chrono::steady_clock::now();
      response = read_flag(server, flag);
    }
    EXPECT_EQ(response.header("X-Cache"), source);
    EXPECT_EQ(response.status, status);
    return std::chrono::steady_clock::now() - begun;
  };
  EXPECT_LT(time_of("flag-1", "stale", 200), 4s);
  EXPECT_GE(time_of("never-asked-for", "", 503), 6s);
  postgres.resume();
}

}  // namespace
}  // namespace hearth::functional
