#include "adapters/sqlite/store.hpp"

#include <algorithm>
#include <set>

#include "adapters/sqlite/flag_row.hpp"
#include "application/repository_answers.hpp"
#include "domain/heat.hpp"

namespace hearth::adapters::sqlite {

using application::Deadline;
using application::ImportMode;
using domain::Environment;
using domain::ErrorCode;
using domain::Flag;
using domain::FlagKey;
using domain::Result;

/// A flag's row, deleted or not.
struct Store::Row {
  std::int64_t id = 0;
  bool is_deleted = false;
  Flag flag;
};

/// The columns that people decide.
struct Store::Content {
  bool enabled = false;
  int rollout_percentage = 0;
  std::string_view description;
};

namespace {

constexpr std::size_t drafts_between_progress = 500;

constexpr auto find_one_sql =
    "SELECT flag_key, enabled, rollout_percentage, description, version, created_at, updated_at, "
    "id, deleted_at IS NOT NULL "
    "FROM feature_flags WHERE environment = ? AND flag_key = ?";

constexpr auto find_changed_sql =
    "SELECT flag_key, enabled, rollout_percentage, description, version, created_at, updated_at, "
    "deleted_at IS NOT NULL, environment "
    "FROM feature_flags WHERE version > ? ORDER BY version LIMIT ?";

// The same clock as the triggers'.
constexpr auto latest_version_sql =
    "SELECT version FROM feature_flags "
    "WHERE updated_at <= CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER) - ? "
    "ORDER BY version DESC LIMIT 1";

constexpr auto list_sql =
    "SELECT flag_key, enabled, rollout_percentage, description, version, created_at, updated_at "
    "FROM feature_flags WHERE environment = ? AND flag_key > ? AND deleted_at IS NULL "
    "ORDER BY flag_key LIMIT ?";

constexpr auto insert_sql =
    "INSERT INTO feature_flags (environment, flag_key, enabled, rollout_percentage, description) "
    "VALUES (?, ?, ?, ?, ?)";

constexpr auto rewrite_sql =
    "UPDATE feature_flags SET enabled = ?, rollout_percentage = ?, description = ?, "
    "deleted_at = NULL WHERE id = ?";

constexpr auto delete_sql = "DELETE FROM feature_flags WHERE id = ?";

constexpr auto find_access_sql =
    "SELECT f.id, a.request_count, a.last_accessed_at, a.heat "
    "FROM feature_flags f LEFT JOIN feature_flag_access a ON a.flag_id = f.id "
    "WHERE f.environment = ? AND f.flag_key = ? AND f.deleted_at IS NULL";

constexpr auto write_access_sql =
    "INSERT INTO feature_flag_access (flag_id, request_count, last_accessed_at, heat) "
    "VALUES (?, ?, ?, ?) ON CONFLICT (flag_id) DO UPDATE SET "
    "request_count = excluded.request_count, last_accessed_at = excluded.last_accessed_at, "
    "heat = excluded.heat";

Result<std::vector<Flag>> read_flags(Query& rows) {
  std::vector<Flag> flags;
  while (true) {
    const auto row = rows.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return flags;
    auto flag = read_flag(rows);
    if (!flag) return std::unexpected(std::move(flag.error()));
    flags.push_back(std::move(*flag));
  }
}

Result<void> run(Query& query) {
  const auto done = query.next();
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace

Result<void> Store::prepare_call(Deadline deadline) {
  if (deadline <= std::chrono::steady_clock::now()) {
    return domain::fail(ErrorCode::deadline_exceeded,
                        "The deadline had passed before the database was asked");
  }
  database_->set_deadline(deadline);
  return {};
}

Result<std::optional<Store::Row>> Store::find(const Environment& environment, const FlagKey& key) {
  const auto statement = database_->prepare(find_one_sql);
  if (!statement) return std::unexpected(statement.error());
  Query query(*statement);
  query.bind(std::string_view(environment.text())).bind(std::string_view(key.text()));
  const auto found = query.next();
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  auto flag = read_flag(query);
  if (!flag) return std::unexpected(std::move(flag.error()));
  return Row{.id = query.integer(flag_columns),
             .is_deleted = query.integer(flag_columns + 1) != 0,
             .flag = std::move(*flag)};
}

Result<Store::Row> Store::find_to_change(const Environment& environment, const FlagKey& key,
                                         std::optional<domain::Version> expected) {
  auto row = find(environment, key);
  if (!row) return std::unexpected(std::move(row.error()));
  if (!*row || (*row)->is_deleted) {
    return std::unexpected(application::no_such_flag(environment, key));
  }
  const auto present = (*row)->flag.version;
  if (expected && *expected != present) {
    return std::unexpected(application::flag_has_changed(key, present, *expected));
  }
  return std::move(**row);
}

Result<Flag> Store::insert(const Environment& environment, const FlagKey& key,
                           const Content& content) {
  const auto statement = database_->prepare(insert_sql);
  if (!statement) return std::unexpected(statement.error());
  {
    Query query(*statement);
    query.bind(std::string_view(environment.text()))
        .bind(std::string_view(key.text()))
        .bind(std::int64_t{content.enabled})
        .bind(std::int64_t{content.rollout_percentage})
        .bind(content.description);
    if (auto done = run(query); !done) return std::unexpected(std::move(done.error()));
  }
  auto row = find_to_change(environment, key, std::nullopt);
  if (!row) return std::unexpected(std::move(row.error()));
  return std::move(row->flag);
}

Result<Flag> Store::rewrite(const Environment& environment, const FlagKey& key, std::int64_t id,
                            const Content& content) {
  const auto statement = database_->prepare(rewrite_sql);
  if (!statement) return std::unexpected(statement.error());
  {
    Query query(*statement);
    query.bind(std::int64_t{content.enabled})
        .bind(std::int64_t{content.rollout_percentage})
        .bind(content.description)
        .bind(id);
    if (auto done = run(query); !done) return std::unexpected(std::move(done.error()));
  }
  // RETURNING would show the row before the triggers set its version.
  auto row = find_to_change(environment, key, std::nullopt);
  if (!row) return std::unexpected(std::move(row.error()));
  return std::move(row->flag);
}

Result<std::vector<domain::FlagState>> Store::find_many(const Environment& environment,
                                                        std::vector<FlagKey> keys,
                                                        Deadline deadline) {
  if (auto ready = prepare_call(deadline); !ready) return std::unexpected(ready.error());
  std::ranges::sort(keys);
  const auto duplicates = std::ranges::unique(keys);
  keys.erase(duplicates.begin(), duplicates.end());
  // One snapshot for all keys, as one query has.
  if (auto begun = database_->execute("BEGIN"); !begun) {
    return std::unexpected(std::move(begun.error()));
  }
  std::vector<domain::FlagState> states;
  Result<void> outcome;
  for (const auto& key : keys) {
    auto row = find(environment, key);
    if (!row) {
      outcome = std::unexpected(std::move(row.error()));
      break;
    }
    if (!*row) continue;
    if ((*row)->is_deleted) {
      states.emplace_back(domain::Tombstone{key, (*row)->flag.version});
    } else {
      states.emplace_back(std::move((*row)->flag));
    }
  }
  database_->set_deadline(Deadline::max());
  (void)database_->execute("COMMIT");  // of a transaction that only read
  if (!outcome) return std::unexpected(std::move(outcome.error()));
  return states;
}

Result<std::vector<application::ChangedState>> Store::find_changed(domain::Version since,
                                                                   std::size_t limit,
                                                                   Deadline deadline) {
  if (auto ready = prepare_call(deadline); !ready) return std::unexpected(ready.error());
  const auto statement = database_->prepare(find_changed_sql);
  if (!statement) return std::unexpected(statement.error());
  Query rows(*statement);
  rows.bind(as_integer(since)).bind(as_integer(std::clamp<std::size_t>(limit, 1, 1'000'000)));
  std::vector<application::ChangedState> changes;
  while (true) {
    const auto row = rows.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return changes;
    auto flag = read_flag(rows);
    if (!flag) return std::unexpected(std::move(flag.error()));
    auto environment = Environment::parse(rows.text(flag_columns + 1));
    if (!environment) return std::unexpected(std::move(environment.error()));
    if (rows.integer(flag_columns) != 0) {
      changes.push_back({std::move(*environment), domain::Tombstone{flag->key, flag->version}});
    } else {
      changes.push_back({std::move(*environment), std::move(*flag)});
    }
  }
}

Result<domain::Version> Store::latest_version(std::chrono::milliseconds age, Deadline deadline) {
  if (auto ready = prepare_call(deadline); !ready) return std::unexpected(ready.error());
  const auto statement = database_->prepare(latest_version_sql);
  if (!statement) return std::unexpected(statement.error());
  Query query(*statement);
  query.bind(std::int64_t{age.count()});
  const auto found = query.next();
  if (!found) return std::unexpected(found.error());
  if (!*found) return domain::Version{0};
  return static_cast<domain::Version>(query.integer(0));
}

Result<application::FlagPage> Store::list(const Environment& environment,
                                          const application::PageRequest& page, Deadline deadline) {
  if (auto ready = prepare_call(deadline); !ready) return std::unexpected(ready.error());
  const auto statement = database_->prepare(list_sql);
  if (!statement) return std::unexpected(statement.error());
  const auto limit = std::clamp<std::size_t>(page.limit, 1, 1'000'000);
  Query rows(*statement);
  rows.bind(std::string_view(environment.text()))
      .bind(page.after ? std::string_view(page.after->text()) : std::string_view())
      .bind(as_integer(limit + 1));  // one more says whether there is more
  auto flags = read_flags(rows);
  if (!flags) return std::unexpected(std::move(flags.error()));
  application::FlagPage result{std::move(*flags), std::nullopt};
  if (result.flags.size() > limit) {
    result.flags.erase(result.flags.begin() + static_cast<std::ptrdiff_t>(limit),
                       result.flags.end());
    result.next_after = result.flags.back().key;
  }
  return result;
}

Result<Flag> Store::create(const Environment& environment, const domain::FlagDraft& draft,
                           Deadline deadline) {
  if (auto ready = prepare_call(deadline); !ready) return std::unexpected(ready.error());
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  const auto row = find(environment, draft.key);
  if (!row) return std::unexpected(row.error());
  if (*row && !(*row)->is_deleted) {
    return std::unexpected(application::flag_exists(environment, draft.key));
  }
  const Content content{draft.enabled, draft.rollout_percentage, draft.description};
  auto flag = *row ? rewrite(environment, draft.key, (*row)->id, content)
                   : insert(environment, draft.key, content);
  if (!flag) return flag;
  if (auto kept = transaction->commit(); !kept) return std::unexpected(std::move(kept.error()));
  return flag;
}

Result<Flag> Store::update(const Environment& environment, const FlagKey& key,
                           const domain::FlagPatch& patch, std::optional<domain::Version> expected,
                           Deadline deadline) {
  if (auto ready = prepare_call(deadline); !ready) return std::unexpected(ready.error());
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  const auto row = find_to_change(environment, key, expected);
  if (!row) return std::unexpected(row.error());
  const auto& old = row->flag;
  const Content content{
      patch.enabled.value_or(old.enabled),
      patch.rollout_percentage.value_or(old.rollout_percentage),
      patch.description ? std::string_view(*patch.description) : std::string_view(old.description)};
  auto flag = rewrite(environment, key, row->id, content);
  if (!flag) return flag;
  if (auto kept = transaction->commit(); !kept) return std::unexpected(std::move(kept.error()));
  return flag;
}

Result<domain::Tombstone> Store::remove(const Environment& environment, const FlagKey& key,
                                        std::optional<domain::Version> expected,
                                        Deadline deadline) {
  if (auto ready = prepare_call(deadline); !ready) return std::unexpected(ready.error());
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  const auto row = find_to_change(environment, key, expected);
  if (!row) return std::unexpected(row.error());
  const auto statement = database_->prepare(delete_sql);
  if (!statement) return std::unexpected(statement.error());
  {
    Query query(*statement);
    query.bind(row->id);
    if (auto done = run(query); !done) return std::unexpected(std::move(done.error()));
  }
  const auto deleted = find(environment, key);
  if (!deleted) return std::unexpected(deleted.error());
  if (!*deleted) return domain::fail(ErrorCode::internal, "A deletion removed its row");
  if (auto kept = transaction->commit(); !kept) return std::unexpected(std::move(kept.error()));
  return domain::Tombstone{key, (*deleted)->flag.version};
}

Result<void> Store::import_one(const Environment& environment, const domain::FlagDraft& draft,
                               application::ImportReport& report) {
  const auto row = find(environment, draft.key);
  if (!row) return std::unexpected(row.error());
  const bool is_live = *row && !(*row)->is_deleted;
  if (is_live && (*row)->flag.enabled == draft.enabled &&
      (*row)->flag.rollout_percentage == draft.rollout_percentage &&
      (*row)->flag.description == draft.description) {
    ++report.unchanged;
    return {};
  }
  const Content content{draft.enabled, draft.rollout_percentage, draft.description};
  auto flag = *row ? rewrite(environment, draft.key, (*row)->id, content)
                   : insert(environment, draft.key, content);
  if (!flag) return std::unexpected(std::move(flag.error()));
  ++(is_live ? report.updated : report.created);
  report.changed.push_back(std::move(*flag));
  return {};
}

Result<application::ImportReport> Store::import(
    const Environment& environment, const std::vector<domain::FlagDraft>& drafts, ImportMode mode,
    const application::FlagRepository::Progress& progress, Deadline deadline) {
  if (auto ready = prepare_call(deadline); !ready) return std::unexpected(ready.error());
  std::set<std::string_view> seen;
  for (const auto& draft : drafts) {
    if (!seen.insert(draft.key.text()).second) {
      return std::unexpected(application::draft_occurs_twice(draft.key));
    }
  }
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  application::ImportReport report;
  for (std::size_t done = 0; done < drafts.size();) {
    if (auto imported = import_one(environment, drafts[done], report); !imported) {
      return std::unexpected(std::move(imported.error()));
    }
    ++done;
    if (progress && (done % drafts_between_progress == 0 || done == drafts.size())) progress(done);
  }
  if (mode == ImportMode::dry_run) return report;  // the transaction rolls back
  if (auto kept = transaction->commit(); !kept) return std::unexpected(std::move(kept.error()));
  return report;
}

Result<void> Store::record_one(const application::AccessCount& access) {
  const auto find_statement = database_->prepare(find_access_sql);
  if (!find_statement) return std::unexpected(find_statement.error());
  const auto write_statement = database_->prepare(write_access_sql);
  if (!write_statement) return std::unexpected(write_statement.error());

  Query old(*find_statement);
  old.bind(std::string_view(access.environment.text())).bind(std::string_view(access.key.text()));
  const auto found = old.next();
  if (!found) return std::unexpected(found.error());
  if (!*found) return {};  // no such flag: nothing to count
  auto count = as_integer(access.count);
  std::int64_t last = access.last_accessed_at.time_since_epoch().count();
  auto heat = access.heat;
  if (!old.is_null(1)) {
    count =
        as_integer(static_cast<std::uint64_t>(count) + static_cast<std::uint64_t>(old.integer(1)));
    last = std::max(last, old.integer(2));
    heat = domain::combine_heat(heat, old.real(3));
  }
  Query write(*write_statement);
  write.bind(old.integer(0)).bind(count).bind(last).bind(heat);
  return run(write);
}

Result<void> Store::record(const std::vector<application::AccessCount>& accesses,
                           Deadline deadline) {
  if (auto ready = prepare_call(deadline); !ready) return std::unexpected(ready.error());
  if (accesses.empty()) return {};
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  for (const auto& access : accesses) {
    if (auto done = record_one(access); !done) return done;
  }
  return transaction->commit();
}

}  // namespace hearth::adapters::sqlite
