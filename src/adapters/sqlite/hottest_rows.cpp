#include "adapters/sqlite/hottest_rows.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "adapters/sqlite/flag_row.hpp"

namespace hearth::adapters::sqlite {

using application::Deadline;
using application::HeatQuery;
using domain::Environment;
using domain::ErrorCode;
using domain::Flag;
using domain::Result;

namespace {

// As in PostgreSQL: the hottest through the index on heat; the rest only if they are too few.
// LIMIT -1 is no limit.
constexpr auto find_hottest_sql = R"(
WITH hot AS MATERIALIZED (
  SELECT f.flag_key, f.enabled, f.rollout_percentage, f.description, f.version, f.created_at,
         f.updated_at, a.heat AS heat
  FROM feature_flag_access a CROSS JOIN feature_flags f ON f.id = a.flag_id
  WHERE f.environment = ?1 AND f.deleted_at IS NULL AND (f.enabled OR ?3)
  ORDER BY a.heat DESC
  LIMIT ?2
)
SELECT * FROM (SELECT * FROM hot ORDER BY heat DESC)
UNION ALL
SELECT * FROM (
  SELECT f.flag_key, f.enabled, f.rollout_percentage, f.description, f.version, f.created_at,
         f.updated_at, NULL
  FROM feature_flags f
  WHERE f.environment = ?1 AND f.deleted_at IS NULL AND (f.enabled OR ?3)
    AND NOT EXISTS (SELECT 1 FROM feature_flag_access a WHERE a.flag_id = f.id)
  ORDER BY f.flag_key
  LIMIT (SELECT CASE WHEN count(*) = 0 THEN -1 ELSE ?2 - count(*) END FROM hot)))";

Result<void> check(Deadline deadline) {
  if (deadline > std::chrono::steady_clock::now()) return {};
  return domain::fail(ErrorCode::deadline_exceeded, "SQLite did not answer in time");
}

}  // namespace

HottestRows::HottestRows(std::unique_ptr<Database> database, sqlite3_stmt* statement,
                         std::size_t batch, Deadline deadline)
    : database_(std::move(database)), rows_(statement), batch_(batch), deadline_(deadline) {}

Result<std::unique_ptr<HottestRows>> HottestRows::begin(const std::string& path,
                                                        const Environment& environment,
                                                        HeatQuery query, Deadline deadline) {
  if (auto ready = check(deadline); !ready) return std::unexpected(std::move(ready.error()));
  auto database = Database::open(path, deadline);
  if (!database) return std::unexpected(std::move(database.error()));
  const auto statement = (*database)->prepare(find_hottest_sql);
  if (!statement) return std::unexpected(statement.error());
  std::unique_ptr<HottestRows> stream(new HottestRows(
      std::move(*database), *statement, std::max<std::size_t>(query.batch, 1), deadline));
  stream->rows_.bind(std::string_view(environment.text()))
      .bind(as_integer(query.limit))
      .bind(std::int64_t{query.include_disabled});
  return stream;
}

Result<std::vector<Flag>> HottestRows::next() {
  // SQLite looks at the clock only during long work, and a slow reader lets time pass in between.
  if (auto ready = check(deadline_); !ready) return std::unexpected(std::move(ready.error()));
  std::vector<Flag> flags;
  while (flags.size() < batch_) {
    const auto has_row = rows_.next();
    if (!has_row) return std::unexpected(has_row.error());
    if (!*has_row) break;
    auto flag = read_flag(rows_);
    if (!flag) return std::unexpected(std::move(flag.error()));
    flags.push_back(std::move(*flag));
  }
  return flags;
}

}  // namespace hearth::adapters::sqlite
