// What one warm run costs, as PostgreSQL and the socket to Redis count it.

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "adapters/http/bodies.hpp"
#include "adapters/redis/redis_cache.hpp"
#include "application/cache_warmer.hpp"
#include "integration/postgres_bench.hpp"
#include "support/eventually.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_telemetry.hpp"
#include "support/redis_server.hpp"
#include "support/tcp_gate.hpp"

namespace hearth::test_support {
namespace {

using application::WarmTrigger;

std::vector<domain::FlagDraft> real_flags() {
  std::ifstream file(HEARTH_DATA_SET);
  std::ostringstream text;
  text << file.rdbuf();
  return adapters::http::parse_drafts(text.str()).value();
}

/// The 270 real flags in PostgreSQL, all switched on; Redis behind a gate that counts.
class WarmRun : public testing::Test {
 protected:
  WarmRun() : gate_(server_.port()), url_(database_.create_database()) {
    adapters::postgres::migrate({.url = url_}).value();
    execute(url_, "CREATE EXTENSION pg_stat_statements");
    bench_.emplace(adapters::postgres::PostgresSettings{.url = url_});
    auto drafts = real_flags();
    for (auto& draft : drafts) draft.enabled = true;
    for (const auto& draft : drafts) keys_.push_back(draft.key);
    bench_
        ->run(bench_->repository.import(production, std::move(drafts),
                                        application::ImportMode::apply, {}, soon()))
        .value();
    auto endpoint =
        adapters::redis::parse_endpoint("redis://127.0.0.1:" + std::to_string(gate_.port()))
            .value();
    // No heartbeat in the middle of what is counted.
    adapters::redis::ConnectionSettings settings;
    settings.heartbeat_interval = std::chrono::minutes(10);
    cache_.emplace(bench_->context.get_executor(), std::move(endpoint), settings, clock_, fleet_);
    bench_->run(cache_->wait_until_connected(soon())).value();
    warmer_.emplace(bench_->context.get_executor(), bench_->repository, *cache_, clock_, telemetry_,
                    log_, application::CacheWarmer::Settings{});
  }

  /// Flag number i of the data set was read `count` times.
  void record(std::size_t i, std::uint64_t count) {
    std::vector<application::AccessCount> accesses;
    accesses.push_back(
        {production, keys_.at(i), count, clock_.now(), domain::heat_of(count, clock_.now(), {})});
    bench_->run(bench_->repository.record(std::move(accesses), soon())).value();
  }

  application::WarmReport warm_twenty() {
    return bench_->run(warmer_->warm_top_flags(production, 20, WarmTrigger::manual));
  }

  PostgresServer database_;
  RedisServer server_;
  TcpGate gate_;
  std::string url_;
  ManualClock clock_;
  application::FleetView fleet_{production, application::FleetView::Trust::unconditional};
  RecordingTelemetry telemetry_;
  application::WarmRunLog log_;
  std::vector<domain::FlagKey> keys_;
  std::optional<PostgresBench> bench_;
  std::optional<adapters::redis::RedisCache> cache_;
  std::optional<application::CacheWarmer> warmer_;
};

TEST_F(WarmRun, IsOneSelectAndOnePipelineForTheBusiestTwenty) {
  for (std::size_t i = 0; i < 40; ++i) record(i, 100 - i);
  warm_twenty();  // prepares the statement
  server_.run({"FLUSHALL"});
  execute(url_, "SELECT pg_stat_statements_reset()");
  gate_.reset_counts();
  const auto before = cache_->counters();

  const auto report = warm_twenty();

  EXPECT_EQ(report.warmed(), 20U);
  EXPECT_EQ(report.written, 20U);
  EXPECT_EQ(cache_->counters().writes - before.writes, 1U);
  EXPECT_EQ(cache_->counters().reads - before.reads, 1U);
  EXPECT_EQ(gate_.to_server().chunks, 1U) << "as the other end of the socket counts";
  EXPECT_EQ(gate_.to_client().chunks, 1U);
  const auto statements =
      execute(url_,
              "SELECT calls, query ~* '^\\s*(with|select)' FROM pg_stat_statements "
              "JOIN pg_database d ON d.oid = dbid "
              "WHERE d.datname = current_database() AND query !~ 'pg_stat_statements'");
  ASSERT_EQ(statements.size(), 1U) << "one statement and no other";
  EXPECT_THAT(statements[0], testing::ElementsAre("1", "t"));
}

TEST_F(WarmRun, WritesTheBusiestWithTheirTtlAndNoOthers) {
  for (std::size_t i = 0; i < 40; ++i) record(i, 100 - i);
  ASSERT_EQ(warm_twenty().warmed(), 20U);
  for (std::size_t i = 0; i < 40; ++i) {
    const auto name = adapters::redis::redis_key(production, keys_[i]);
    const auto ttl = server_.command({"PTTL", name}).integer;
    if (i < 20) {
      EXPECT_GT(ttl, 290'000) << name;
      EXPECT_LE(ttl, 300'000) << name;
    } else {
      EXPECT_EQ(ttl, -2) << name << " is not among the busiest";
    }
  }
  EXPECT_EQ(server_.command({"DBSIZE"}).integer, 20);
}

TEST_F(WarmRun, AnswersAsTheContractSays) {
  for (std::size_t i = 0; i < 20; ++i) record(i, 5);
  EXPECT_THAT(adapters::http::warm_answer(warm_twenty()),
              testing::MatchesRegex(R"(\{"warmed":20,"duration":[0-9]+(\.[0-9]+)?\})"));
}

TEST_F(WarmRun, WarmsAllEnabledFlagsWhenNothingWasEverRead) {
  const auto report = warm_twenty();
  EXPECT_EQ(report.requested, 270U);
  EXPECT_EQ(report.written, 270U);
}

TEST_F(WarmRun, SecondRunFindsEverythingUnchanged) {
  warm_twenty();
  EXPECT_EQ(warm_twenty().unchanged, 270U);
}

TEST_F(WarmRun, SurvivesAFlushedScriptCache) {
  server_.run({"SCRIPT", "FLUSH"});
  EXPECT_EQ(warm_twenty().written, 270U);
}

TEST_F(WarmRun, ReportsAConnectionThatIsCutInTheMiddle) {
  gate_.set_black_hole(true);
  application::CacheWarmer impatient(
      bench_->context.get_executor(), bench_->repository, *cache_, clock_, telemetry_, log_,
      {.lifetimes = {}, .run_timeout = std::chrono::milliseconds(300)});
  const auto report = bench_->run(impatient.warm_top_flags(production, 20, WarmTrigger::manual));
  EXPECT_EQ(report.warmed(), 0U);
  EXPECT_EQ(report.failed, 270U);
  ASSERT_TRUE(report.error.has_value());
  EXPECT_EQ(report.error->code, domain::ErrorCode::deadline_exceeded);
  EXPECT_EQ(telemetry_.runs().size(), 1U) << "a failed run is recorded too";
}

/// Further flags than one batch holds, and than are written at once.
constexpr auto five_thousand_more =
    "INSERT INTO feature_flags (flag_key, environment, enabled, description) "
    "SELECT 'one-of-many-' || n, 'production', true, 'number ' || n FROM generate_series(1, 5000) "
    "n";

TEST_F(WarmRun, LargeRunIsOneSelectTooAndWarmsEveryFlag) {
  execute(url_, five_thousand_more);
  warm_twenty();  // prepares the statement
  server_.run({"FLUSHALL"});
  execute(url_, "SELECT pg_stat_statements_reset()");
  const auto report = warm_twenty();
  EXPECT_EQ(report.requested, 5'270U);
  EXPECT_EQ(report.written, 5'270U);
  EXPECT_EQ(report.sample.size(), 20U) << "of the first twenty, which is what was asked for";
  EXPECT_EQ(server_.command({"DBSIZE"}).integer, 5'270);
  EXPECT_THAT(execute(url_,
                      "SELECT sum(calls), count(*) FROM pg_stat_statements "
                      "JOIN pg_database d ON d.oid = dbid "
                      "WHERE d.datname = current_database() AND query !~ 'pg_stat_statements'")[0],
              testing::ElementsAre("1", "1"));
}

TEST_F(WarmRun, LargeRunThatRedisDoesNotAnswerEndsItsQueryToo) {
  execute(url_, five_thousand_more);
  gate_.set_black_hole(true);
  application::CacheWarmer impatient(
      bench_->context.get_executor(), bench_->repository, *cache_, clock_, telemetry_, log_,
      {.lifetimes = {}, .run_timeout = std::chrono::milliseconds(500)});
  const auto report = bench_->run(impatient.warm_top_flags(production, 20, WarmTrigger::manual));
  EXPECT_EQ(report.warmed(), 0U);
  EXPECT_EQ(report.failed, report.requested);
  EXPECT_LT(report.requested, 5'270U) << "no more is read than may be under way";
  ASSERT_TRUE(report.error.has_value());
  EXPECT_EQ(report.error->code, domain::ErrorCode::deadline_exceeded);
  const auto page = bench_->run(bench_->repository.list(production, {}, soon()));
  EXPECT_TRUE(page.has_value()) << "the database serves others";
}

TEST_F(WarmRun, ReportsThatRedisIsAwayWithoutAskingTheDatabase) {
  server_.stop();
  gate_.cut();
  ASSERT_TRUE(eventually(std::chrono::seconds(5), [&] {
    bench_->context.restart();
    bench_->context.run_for(std::chrono::milliseconds(10));
    return !cache_->snapshot(production).has_value();
  }));
  execute(url_, "SELECT pg_stat_statements_reset()");
  const auto report = warm_twenty();
  EXPECT_EQ(report.warmed(), 0U);
  ASSERT_TRUE(report.error.has_value());
  EXPECT_EQ(report.error->code, domain::ErrorCode::unavailable);
  EXPECT_THAT(execute(url_,
                      "SELECT count(*) FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid "
                      "WHERE d.datname = current_database() AND query !~ 'pg_stat_statements'")[0],
              testing::ElementsAre("0"));
}

TEST_F(WarmRun, NamedFlagsAreWarmedWhateverTheirHeatAndMissingOnesCounted) {
  std::vector<domain::FlagKey> wanted{keys_[3], keys_[4], key_named("no-such-flag"), keys_[3]};
  const auto report =
      bench_->run(warmer_->warm_flags(production, std::move(wanted), WarmTrigger::manual));
  EXPECT_EQ(report.requested, 3U) << "a key that is named twice is one flag";
  EXPECT_EQ(report.written, 2U);
  EXPECT_EQ(report.missing, 1U);
  EXPECT_EQ(server_.command({"DBSIZE"}).integer, 2);
}

}  // namespace
}  // namespace hearth::test_support
