#include "adapters/sqlite/database.hpp"

#include <chrono>
#include <filesystem>
#include <sqlite3.h>
#include <thread>
#include <utility>

namespace hearth::adapters::sqlite {
namespace {

using application::Deadline;
using domain::Error;
using domain::ErrorCode;
using domain::Result;

/// How many steps of SQLite's machine between two looks at the clock: some 50 microseconds.
constexpr int steps_between_looks = 2000;
constexpr std::chrono::milliseconds pause_between_tries{2};

std::string explained(std::string_view what, sqlite3* handle) {
  return std::string(what) + " (" + sqlite3_errmsg(handle) + ")";
}

Error translate(sqlite3* handle) {
  const std::string_view message = sqlite3_errmsg(handle);
  switch (sqlite3_errcode(handle)) {
    case SQLITE_INTERRUPT:
      return {ErrorCode::deadline_exceeded, "SQLite did not answer in time; nothing changed"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::deadline_exceeded,
              "Another process kept the database file locked for too long; nothing changed"};
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return {ErrorCode::unavailable,
              explained("The database file cannot be read or written; see to the disk", handle)};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return {ErrorCode::misconfigured,
              explained("The database file or its folder cannot be opened for writing; create the "
                        "folder or mend its permissions",
                        handle)};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {ErrorCode::misconfigured,
              explained("The database file is not a SQLite database, or is damaged; name another "
                        "in DATABASE_URL or restore it",
                        handle)};
    default: break;
  }
  if (message.starts_with("no such table") || message.starts_with("no such column")) {
    return {ErrorCode::misconfigured,
            explained("The database lacks hearth's schema; run `hearth migrate`", handle)};
  }
  return {ErrorCode::internal, explained("SQLite refused a statement", handle)};
}

}  // namespace

Query::~Query() { restart(); }

void Query::restart() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  next_parameter_ = 1;
}

// Binding fails only for a parameter that the statement does not have, which is a bug that every
// test of the statement finds: it would run with NULL there.
Query& Query::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, next_parameter_++, value);
  return *this;
}

Query& Query::bind(double value) {
  sqlite3_bind_double(statement_, next_parameter_++, value);
  return *this;
}

Query& Query::bind(std::string_view value) {
  // A null pointer would mean NULL, where an empty text is meant.
  const char* text = value.empty() ? "" : value.data();
  sqlite3_bind_text64(statement_, next_parameter_++, text, value.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}

Query& Query::bind(std::optional<std::int64_t> value) {
  if (value) return bind(*value);
  sqlite3_bind_null(statement_, next_parameter_++);
  return *this;
}

Query& Query::bind(const std::optional<std::string>& value) {
  if (value) return bind(std::string_view(*value));
  sqlite3_bind_null(statement_, next_parameter_++);
  return *this;
}

Result<bool> Query::next() {
  const int outcome = sqlite3_step(statement_);
  if (outcome == SQLITE_ROW) return true;
  if (outcome == SQLITE_DONE) return false;
  return std::unexpected(translate(sqlite3_db_handle(statement_)));
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

double Query::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Query::text(int column) const {
  const void* bytes = sqlite3_column_text(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

int Database::wait_for_lock(void* self, int) {
  const auto& database = *static_cast<const Database*>(self);
  if (std::chrono::steady_clock::now() >= database.deadline_) return 0;
  std::this_thread::sleep_for(pause_between_tries);
  return 1;
}

int Database::stop_at_deadline(void* self) {
  const auto& database = *static_cast<const Database*>(self);
  return std::chrono::steady_clock::now() >= database.deadline_ ? 1 : 0;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Deadline deadline) {
  std::error_code ignored;
  const auto folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored)) {
    return domain::fail(ErrorCode::misconfigured, "The folder " + folder.string() +
                                                      " of the database file does not exist; "
                                                      "create it or mend DATABASE_URL");
  }
  sqlite3* handle = nullptr;
  const int outcome =
      sqlite3_open_v2(path.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (handle == nullptr)
    return domain::fail(ErrorCode::unavailable, "There is no memory for SQLite");
  std::unique_ptr<Database> database(new Database(handle));
  sqlite3_extended_result_codes(handle, 0);
  if (outcome != SQLITE_OK) return std::unexpected(translate(handle));
  database->set_deadline(deadline);
  sqlite3_busy_handler(handle, wait_for_lock, database.get());
  sqlite3_progress_handler(handle, steps_between_looks, stop_at_deadline, database.get());
  // FULL: what was acknowledged survives a power failure, or versions could go back.
  constexpr auto settings =
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
  auto ready = database->execute(settings);
  // Where two make a new file a WAL database at once, SQLite tells one that the file is busy
  // without asking the busy handler, since waiting inside the call could lock both out for good.
  while (!ready && ready.error().code == ErrorCode::deadline_exceeded &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(pause_between_tries);
    ready = database->execute(settings);
  }
  if (!ready) {
    auto error = std::move(ready.error());
    if (error.code == ErrorCode::deadline_exceeded) {
      error = {ErrorCode::misconfigured, "Another process keeps the database file " + path +
                                             " locked; stop it, or name another in DATABASE_URL"};
    }
    return std::unexpected(std::move(error));
  }
  return database;
}

Database::~Database() {
  for (const auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return std::unexpected(translate(handle_));
}

Result<sqlite3_stmt*> Database::prepare(const char* sql) {
  if (const auto known = prepared_.find(sql); known != prepared_.end()) return known->second;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK) {
    return std::unexpected(translate(handle_));
  }
  prepared_.emplace(sql, statement);
  return statement;
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) {
    return std::unexpected(std::move(begun.error()));
  }
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  // The deadline must not keep the lock. A rollback fails only where SQLite has rolled back itself.
  database_->set_deadline(Deadline::max());
  (void)database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
  if (auto committed = database_->execute("COMMIT"); !committed) return committed;
  database_ = nullptr;
  return {};
}

}  // namespace hearth::adapters::sqlite
