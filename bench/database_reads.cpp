#include "bench/database_reads.hpp"

#include "support/postgres_server.hpp"

namespace hearth::bench {

DatabaseReads database_reads(const std::string& database_url) {
  // Changes are looked for by version; whatever else reads the table does so to have its flags.
  const auto rows = test_support::execute(
      database_url,
      "WITH reads AS (SELECT calls, query LIKE '%f.version > %' OR query LIKE '%SELECT f.version%' "
      "AS for_changes FROM pg_stat_statements WHERE query ~* '^\\s*(with|select)' "
      "AND query LIKE '%FROM feature_flags f%' AND query !~* '(insert|pg_stat_statements)') "
      "SELECT coalesce(sum(calls) FILTER (WHERE NOT for_changes), 0), "
      "coalesce(sum(calls) FILTER (WHERE for_changes), 0) FROM reads");
  return {std::stoull(rows.at(0).at(0)), std::stoull(rows.at(0).at(1))};
}

}  // namespace hearth::bench
