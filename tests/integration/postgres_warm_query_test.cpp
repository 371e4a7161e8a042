#include <gmock/gmock.h>

#include "adapters/postgres/statements.hpp"
#include "integration/postgres_bench.hpp"
#include "support/flag_stream.hpp"

namespace hearth::test_support {
namespace {

using application::HeatQuery;

constexpr auto many_flags =
    "INSERT INTO feature_flags (flag_key, environment, enabled, description) "
    "SELECT 'flag-' || n, 'production', true, 'number ' || n FROM generate_series(1, 10000) n";
constexpr auto all_read =
    "INSERT INTO feature_flag_access (flag_id, request_count, last_accessed_at, heat) "
    "SELECT id, 1, now(), random() * 100 FROM feature_flags; ANALYZE";

constexpr auto few_read =
    "INSERT INTO feature_flag_access (flag_id, request_count, last_accessed_at, heat) "
    "SELECT id, 1, now(), random() * 100 FROM feature_flags LIMIT 200; ANALYZE";

class PostgresWarmQuery : public testing::Test {
 protected:
  PostgresWarmQuery() : url_(server_.create_database()) {
    adapters::postgres::migrate({.url = url_}).value();
    execute(url_, many_flags);
    execute(url_, "CREATE EXTENSION pg_stat_statements");
    bench_.emplace(adapters::postgres::PostgresSettings{.url = url_});
  }

  std::size_t hottest(HeatQuery query) {
    return bench_->run(find_hottest(bench_->repository, production, query, soon())).value().size();
  }

  /// Statements of hearth's own sessions since the last reset: how many, and how many SELECTs.
  std::vector<std::string> counted() {
    return execute(url_,
                   "SELECT coalesce(sum(calls), 0), "
                   "coalesce(sum(calls) FILTER (WHERE query ~* '^\\s*(with|select)'), 0) "
                   "FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid "
                   "WHERE d.datname = current_database() AND query !~ 'pg_stat_statements'")[0];
  }

  void expect_index_on_heat() {
    for (const auto* mode : {"force_custom_plan", "force_generic_plan"}) {
      const auto rows =
          execute(url_, std::string("SET plan_cache_mode = ") + mode + "; PREPARE hottest AS " +
                            adapters::postgres::find_hottest_statement.sql +
                            "; EXPLAIN (ANALYZE, TIMING off, COSTS off) "
                            "EXECUTE hottest ('production', 20, false)");
      std::string plan;
      for (const auto& row : rows) plan += row[0] + "\n";
      EXPECT_THAT(plan, testing::HasSubstr("Index Scan using feature_flag_access_by_heat"))
          << mode << "\n"
          << plan;
      EXPECT_THAT(plan, testing::Not(testing::ContainsRegex("Seq Scan [^\n]*rows=[1-9][0-9]{3}")))
          << plan;
    }
  }

  PostgresServer server_;
  std::string url_;
  std::optional<PostgresBench> bench_;
};

TEST_F(PostgresWarmQuery, IsExactlyOneSelectInAllThreeCases) {
  const auto expect_one = [&](HeatQuery query, std::size_t flags) {
    execute(url_, "SELECT pg_stat_statements_reset()");
    EXPECT_EQ(hottest(query), flags);
    EXPECT_THAT(counted(), testing::ElementsAre("1", "1"));
  };
  expect_one({.limit = 20}, 10000);  // nothing was ever read
  execute(url_,
          "INSERT INTO feature_flag_access (flag_id, request_count, last_accessed_at, heat) "
          "SELECT id, 1, now(), 1 FROM feature_flags WHERE flag_key = 'flag-7'");
  expect_one({.limit = 20}, 20);  // one was, and nineteen fill up
  execute(url_, "DELETE FROM feature_flag_access");
  execute(url_, all_read);
  expect_one({.limit = 20}, 20);
  expect_one({.limit = 20, .include_disabled = true}, 20);
}

TEST_F(PostgresWarmQuery, WalksTheIndexOnHeatWhicheverPlanTheServerKeeps) {
  execute(url_, all_read);
  expect_index_on_heat();
}

TEST_F(PostgresWarmQuery, WalksTheIndexOnHeatWhereFewFlagsWereRead) {
  execute(url_, few_read);
  expect_index_on_heat();
}

}  // namespace
}  // namespace hearth::test_support
