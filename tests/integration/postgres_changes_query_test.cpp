#include <gmock/gmock.h>

#include "adapters/postgres/statements.hpp"
#include "integration/postgres_bench.hpp"

namespace hearth::test_support {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The plan that the server makes for a statement on 10,000 flags, with either kind of plan.
std::string plan_of(const std::string& url, const std::string& mode, const char* sql,
                    const std::string& parameters) {
  std::string plan;
  for (const auto& row :
       execute(url, "SET plan_cache_mode = " + mode + "; PREPARE asked AS " + sql +
                        "; EXPLAIN (COSTS off) EXECUTE asked " + parameters)) {
    plan += row[0] + "\n";
  }
  return plan;
}

TEST(PostgresChangesQuery, WalksTheIndexOnVersionsWhicheverPlanTheServerKeeps) {
  PostgresServer server;
  const auto url = server.create_database();
  adapters::postgres::migrate({.url = url}).value();
  execute(url,
          "INSERT INTO feature_flags (flag_key, environment) "
          "SELECT 'flag-' || n, 'production' FROM generate_series(1, 10000) n; "
          "ANALYZE feature_flags");
  for (const auto* mode : {"force_custom_plan", "force_generic_plan"}) {
    for (const auto* parameters : {"(0, 500)", "(9990, 500)"}) {
      const auto plan =
          plan_of(url, mode, adapters::postgres::find_changed_statement.sql, parameters);
      EXPECT_THAT(plan, HasSubstr("Index Scan using feature_flags_by_version")) << mode;
      EXPECT_THAT(plan, Not(HasSubstr("Sort"))) << mode << "\n" << plan;
    }
    EXPECT_THAT(plan_of(url, mode, adapters::postgres::latest_version_statement.sql, "(40000)"),
                HasSubstr("Index Scan Backward using feature_flags_by_version"))
        << mode;
  }
}

}  // namespace
}  // namespace hearth::test_support
