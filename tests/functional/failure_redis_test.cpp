#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "functional/failure_fixture.hpp"
#include "support/eventually.hpp"

namespace hearth::functional {
namespace {

using test_support::eventually;
using test_support::HearthServer;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto enabled_flag_1 =
    R"({"key":"flag-1","enabled":true,"rolloutPercentage":100,"description":""})";

class FailureOfRedis : public FailureTest {};

/// Reads flags over one connection until its end, as a client under steady load.
class SteadyReader {
 public:
  explicit SteadyReader(std::uint16_t port)
      : thread_([this, port] {
          test_support::HttpConnection connection(port);
          for (int i = 0; !stopping_; ++i) {
            const auto begin = Clock::now();
            const auto key = "flag-" + std::to_string(1 + i % 9);
            const auto status = connection.request("GET", "/api/config/flags/" + key).status;
            slowest_ = std::max<Clock::duration>(slowest_, Clock::now() - begin);
            ++statuses_[status];
          }
        }) {}
  ~SteadyReader() { stop(); }
  SteadyReader(const SteadyReader&) = delete;
  SteadyReader& operator=(const SteadyReader&) = delete;

  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  /// After `stop`.
  [[nodiscard]] const std::map<int, int>& statuses() const { return statuses_; }
  [[nodiscard]] Clock::duration slowest() const { return slowest_; }

 private:
  std::atomic<bool> stopping_ = false;
  std::map<int, int> statuses_;
  Clock::duration slowest_{};
  std::thread thread_;
};

TEST_F(FailureOfRedis, AbsentAtTheStartReadsComeFromTheDatabaseAndItIsUsedOnceItIsThere) {
  redis.stop();
  const HearthServer server(options());
  EXPECT_EQ(readiness(server), "degraded");
  for (int i = 0; i < 5; ++i) {
    const auto response = read_flag(server, "flag-1");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, enabled_flag_1);
    EXPECT_EQ(response.header("X-Cache"), "miss");
  }
  const auto warm = server.request("POST", "/api/admin/cache/warm", admin());
  EXPECT_EQ(warm.status, 200);
  EXPECT_EQ(at(json_of(warm), "warmed"), 0);
  EXPECT_FALSE(at(record_of(server, warm), "error").is_null());

  const auto changed = patch_flag(server, "flag-2", R"({"rolloutPercentage":7})");
  EXPECT_EQ(changed.status, 202);
  EXPECT_EQ(at(json_of(changed), "rolloutPercentage"), 7);
  EXPECT_EQ(at(json_of(read_flag(server, "flag-2")), "rolloutPercentage"), 7);
  EXPECT_EQ(server.request("DELETE", "/api/admin/flags/flag-3", admin()).status, 202);
  EXPECT_EQ(read_flag(server, "flag-3").status, 404);

  redis.start();
  EXPECT_TRUE(becomes_a_hit(server, "flag-1"));
  // What was changed in the meantime reaches Redis by itself, nobody reads it.
  EXPECT_TRUE(eventually(15s, [&] {
    return cached("flag-2").find(R"("rolloutPercentage":7)") != std::string::npos &&
           cached("flag-3").find(R"("t":1)") != std::string::npos;
  }));
  EXPECT_TRUE(becomes(server, "ready"));
}

TEST_F(FailureOfRedis, StoppedAndStartedAgainNoReadFails) {
  const HearthServer server(options());
  ASSERT_TRUE(becomes_a_hit(server, "flag-1"));
  SteadyReader reader(server.port());
  for (int round = 0; round < 2; ++round) {
    redis.stop();
    EXPECT_TRUE(
        eventually(10s, [&] { return read_flag(server, "flag-1").header("X-Cache") == "miss"; }));
    EXPECT_EQ(readiness(server), "degraded");
    redis.start();
    EXPECT_TRUE(becomes_a_hit(server, "flag-1"));
  }
  reader.stop();
  EXPECT_EQ(reader.statuses().size(), 1U);
  EXPECT_GT(reader.statuses().at(200), 20) << "reads went on, as many as this machine can do";
  EXPECT_LT(reader.slowest(), 1s);
  EXPECT_TRUE(becomes(server, "ready"));
}

TEST_F(FailureOfRedis, HangingCostsAFewReadsTheirTimeoutAndThenNothing) {
  const HearthServer server(options());
  ASSERT_TRUE(becomes_a_hit(server, "flag-1"));
  ASSERT_TRUE(becomes_a_hit(server, "flag-4"));
  redis.pause();
  std::vector<Clock::duration> later;
  for (int i = 0; i < 80; ++i) {
    const auto begin = Clock::now();
    const auto response = read_flag(server, "flag-1");
    const auto took = Clock::now() - begin;
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, enabled_flag_1);
    EXPECT_EQ(response.header("X-Cache"), "miss");
    // 50 ms of patience with Redis, and room for a busy machine.
    EXPECT_LT(took, 1s);
    // Three silent timeouts a connection, and one connection for each of two threads.
    if (i >= 30) later.push_back(took);
  }
  std::ranges::nth_element(later, later.begin() + 25);
  EXPECT_LT(later[25], 40ms) << "the median read still waits for Redis";
  EXPECT_EQ(readiness(server), "degraded");

  const auto warm = server.request("POST", "/api/admin/cache/warm", admin());
  EXPECT_EQ(warm.status, 200);
  EXPECT_EQ(at(json_of(warm), "warmed"), 0);
  EXPECT_FALSE(at(record_of(server, warm), "error").is_null());

  EXPECT_EQ(patch_flag(server, "flag-4", R"({"rolloutPercentage":33})").status, 202);
  EXPECT_EQ(at(json_of(read_flag(server, "flag-4")), "rolloutPercentage"), 33);

  redis.resume();
  EXPECT_TRUE(becomes_a_hit(server, "flag-1"));
  EXPECT_TRUE(eventually(15s, [&] {
    return cached("flag-4").find(R"("rolloutPercentage":33)") != std::string::npos;
  }));
  EXPECT_TRUE(becomes_a_hit(server, "flag-4"));
  EXPECT_EQ(at(json_of(read_flag(server, "flag-4")), "rolloutPercentage"), 33);
}

TEST_F(FailureOfRedis, ChangeMadeWhileItHangsIsNeverReadAsTheOldValueAfterwards) {
  const HearthServer server(options());
  ASSERT_TRUE(becomes_a_hit(server, "flag-4"));
  redis.pause();
  EXPECT_EQ(patch_flag(server, "flag-4", R"({"rolloutPercentage":33})").status, 202);
  redis.resume();
  // 202 says "not everywhere yet": but within seconds, and then for good.
  EXPECT_TRUE(eventually(
      15s, [&] { return at(json_of(read_flag(server, "flag-4")), "rolloutPercentage") == 33; }));
  EXPECT_TRUE(becomes_a_hit(server, "flag-4"));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(at(json_of(read_flag(server, "flag-4")), "rolloutPercentage"), 33);
  }
}

TEST_F(FailureOfRedis, FlushedIsFilledAgainByReads) {
  const HearthServer server(options());
  ASSERT_TRUE(becomes_a_hit(server, "flag-1"));
  redis.run({"FLUSHALL"});
  EXPECT_EQ(read_flag(server, "flag-1").status, 200);
  EXPECT_TRUE(becomes_a_hit(server, "flag-1"));
}

TEST_F(FailureOfRedis, ForgottenScriptsAreLoadedAgain) {
  const HearthServer server(options());
  redis.run({"FLUSHALL"});
  redis.run({"SCRIPT", "FLUSH"});
  // A flush ends the epoch: writes are refused until a new one has begun.
  EXPECT_TRUE(eventually(5s, [&] {
    const auto warm = server.request("POST", "/api/admin/cache/warm", admin());
    return at(json_of(warm), "warmed") == 9;
  }));
  redis.run({"SCRIPT", "FLUSH"});
  EXPECT_EQ(patch_flag(server, "flag-1", R"({"enabled":false})").status, 200);
  redis.run({"DEL", redis_key("flag-2")});
  redis.run({"SCRIPT", "FLUSH"});
  EXPECT_EQ(read_flag(server, "flag-2").status, 200);
  EXPECT_TRUE(becomes_a_hit(server, "flag-2"));
}

TEST_F(FailureOfRedis, ValuesThatCannotBeReadCountAsMissesAndAreRepaired) {
  const HearthServer server(options());
  ASSERT_TRUE(becomes_a_hit(server, "flag-1"));
  const auto good = cached("flag-1");
  const auto replaced = [&](std::string text, std::string_view what, std::string_view with) {
    return text.replace(text.find(what), what.size(), with);
  };
  const auto key = redis_key("flag-1");
  const std::vector<std::vector<std::string>> corruptions{
      {"SET", key, good.substr(0, good.size() / 2)},
      {"SET", key, good.substr(0, 23)},
      {"SET", key, ""},
      {"SET", key, "true"},
      {"SET", key, R"({"key":"flag-1","enabled":false,"rolloutPercentage":0})"},
      {"SET", key, replaced(good, R"("key":"flag-1")", R"("key":"flag-2")")},
      {"SET", key, replaced(good, R"("rolloutPercentage":100)", R"("rolloutPercentage":500)")},
      {"SET", key, replaced(good, R"("enabled":true)", R"("enabled":"yes")")},
      {"SET", key, std::string(1 << 20, '[')},
      {"RPUSH", key, "a", "b"},
      {"HSET", key, "v", "1"},
  };
  for (const auto& corruption : corruptions) {
    SCOPED_TRACE(corruption[0] + " " + corruption[2].substr(0, 60));
    redis.run({"DEL", key});
    redis.run(corruption);
    const auto response = read_flag(server, "flag-1");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, enabled_flag_1);
    EXPECT_EQ(response.header("X-Cache"), "miss");
    EXPECT_TRUE(becomes_a_hit(server, "flag-1"));
    EXPECT_EQ(read_flag(server, "flag-1").body, enabled_flag_1);
  }
}

}  // namespace
}  // namespace hearth::functional
