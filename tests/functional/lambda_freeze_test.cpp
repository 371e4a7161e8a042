#include <gtest/gtest.h>

#include <csignal>
#include <optional>

#include "functional/lambda_fixture.hpp"
#include "support/eventually.hpp"

namespace hearth::functional {
namespace {

using test_support::eventually;
using test_support::execute;
using test_support::HearthFunction;
using namespace std::chrono_literals;

/// A function that is frozen in the middle of a warm run: the old value has been read from the
/// database and not been written to the cache yet.
class LambdaFreeze : public LambdaTest {
 protected:
  /// How many queries of the hottest flags wait for the held table.
  [[nodiscard]] std::string waiting_runs() const {
    return execute(database,
                   "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                   "AND query LIKE '%ORDER BY a.heat DESC%'")
        .at(0)
        .at(0);
  }

  /// The version of flag-1 in Redis; empty if there is none.
  [[nodiscard]] std::string cached_version() const {
    const auto text = cached("flag-1");
    return text.empty() ? "" : text.substr(0, text.find(','));
  }

  /// The cache's own time in seconds, as it says it.
  [[nodiscard]] long cache_time() const {
    return std::stol(redis.command({"TIME"}).elements.at(0).text);
  }

  /// Freezes `function` in the middle of a run. Gives the id of the invocation; nothing if the
  /// database had not read for it yet, because the statement had to be prepared first on the
  /// connection that the run has got. The function goes on then.
  std::optional<std::string> freeze_after_reading(HearthFunction& function) {
    const auto before = bulk_queries();
    std::string invocation;
    {
      HeldFlags held(database);
      invocation = runtime.invoke(R"({"triggerType":"manual"})", 30s);
      EXPECT_TRUE(eventually(10s, [&] { return waiting_runs() == "1"; }));
      function.process().signal(SIGSTOP);
    }
    EXPECT_TRUE(eventually(10s, [&] { return waiting_runs() == "0"; }));
    if (eventually(1s, [&] { return bulk_queries() > before; })) return invocation;
    function.process().signal(SIGCONT);
    EXPECT_TRUE(runtime.result_of(invocation)) << function.errors();
    return std::nullopt;
  }

  /// Freezes `function` in the middle of a run, changes flag-1 and evicts it, lets `seconds` of
  /// Redis's time pass, and lets the process go on. Gives the id of the invocation.
  std::string freeze_in_a_run(HearthFunction& function, long seconds) {
    EXPECT_TRUE(runtime.is_waited_on());
    std::optional<std::string> invocation;
    for (int tries = 0; tries < 5 && !invocation; ++tries) {
      invocation = freeze_after_reading(function);
    }
    EXPECT_TRUE(invocation) << "no run could be frozen after it had read";
    execute(database, "UPDATE feature_flags SET enabled = false WHERE flag_key = 'flag-1'");
    redis.run({"DEL", redis_key("flag-1")});
    const auto frozen_at = cache_time();
    EXPECT_TRUE(eventually(20s, [&] { return cache_time() > frozen_at + seconds; }));
    function.process().signal(SIGCONT);
    return invocation.value_or("");
  }
};

TEST_F(LambdaFreeze, NothingReadBeforeItIsWrittenAfterIt) {
  // Snapshots are too old after half of this.
  auto function = start({{"CACHE_TTL_SECONDS", "4"}});
  const auto invocation = freeze_in_a_run(function, 3);
  const auto result = runtime.result_of(invocation);
  ASSERT_TRUE(result) << function.errors();
  // The log is written by a thread of its own, so an answer may overtake it.
  EXPECT_TRUE(eventually(5s,
                         [&] {
                           return function.errors().find("too long before it reached the cache") !=
                                  std::string::npos;
                         }))
      << result->body << function.errors();

  const auto answer = answer_to(sample_event("http-api-request.json"));
  EXPECT_EQ(answer.status, 200) << function.errors();
  EXPECT_EQ(at(json_of(answer.body), "enabled"), boost::json::value(false)) << answer.body;
}

TEST_F(LambdaFreeze, ControlWithinTheAgeOfASnapshotTheRunWrites) {
  auto function = start();
  const auto invocation = freeze_in_a_run(function, 0);
  const auto result = runtime.result_of(invocation);
  ASSERT_TRUE(result) << function.errors();
  EXPECT_NE(result->body.find(R"(\"warmed\":9)"), std::string::npos) << result->body;
  EXPECT_EQ(function.errors().find("too long before it reached the cache"), std::string::npos);
}

TEST_F(LambdaFreeze, RequestAfterwardsIsAHitAgain) {
  auto function = start();
  ASSERT_TRUE(runtime.is_waited_on());
  function.process().signal(SIGSTOP);
  const auto frozen_at = cache_time();
  // Longer than a lease.
  EXPECT_TRUE(eventually(20s, [&] { return cache_time() > frozen_at + 2; }));
  const auto request = runtime.invoke(sample_event("http-api-request.json"));
  function.process().signal(SIGCONT);
  const auto result = runtime.result_of(request);
  ASSERT_TRUE(result) << function.errors();
  EXPECT_NE(result->body.find(R"("X-Cache":"hit")"), std::string::npos) << result->body;
}

TEST_F(LambdaFreeze, ConnectionsThatDiedMeanwhileCostOneReconnect) {
  auto function = start();
  ASSERT_TRUE(runtime.is_waited_on());
  function.process().signal(SIGSTOP);
  redis.run({"CLIENT", "KILL", "TYPE", "normal"});
  redis.run({"CLIENT", "KILL", "TYPE", "pubsub"});
  execute(database,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
          "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  const auto request = runtime.invoke(sample_event("http-api-request.json"));
  function.process().signal(SIGCONT);
  const auto result = runtime.result_of(request);
  ASSERT_TRUE(result) << function.errors();
  EXPECT_EQ(at(json_of(result->body), "statusCode").as_int64(), 200) << result->body;
  EXPECT_TRUE(eventually(10s, [&] {
    const auto answer = answer_to(sample_event("http-api-request.json"));
    return at(answer.message, "headers.X-Cache").as_string() == "hit";
  })) << function.errors();
}

}  // namespace
}  // namespace hearth::functional
