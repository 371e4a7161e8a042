#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "application/deadline.hpp"
#include "domain/error.hpp"

struct sqlite3;  // SQLite's own types stay inside the sources of this folder
struct sqlite3_stmt;

namespace hearth::adapters::sqlite {

/// One execution of a prepared statement. Parameters are bound in order from the first. Ends
/// (and frees the statement for its next execution) with its object.
class Query {
 public:
  explicit Query(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& bind(std::int64_t value);
  Query& bind(double value);
  Query& bind(std::string_view value);  ///< copied
  Query& bind(std::optional<std::int64_t> value);
  Query& bind(const std::optional<std::string>& value);

  /// Makes ready for another execution with other parameters.
  void restart();

  /// True: there is a row. False: that was all.
  [[nodiscard]] domain::Result<bool> next();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  /// Valid until `next` or the end.
  [[nodiscard]] std::string_view text(int column) const;

 private:
  sqlite3_stmt* statement_;
  int next_parameter_ = 1;
};

/// An open database file. Every call ends at the deadline that was set last, without effect, be it
/// that it waits for another process or that it works for too long.
///
/// Threading: one thread at a time.
class Database {
 public:
  /// Opens or makes the file, in write-ahead mode. `misconfigured` with what to do.
  [[nodiscard]] static domain::Result<std::unique_ptr<Database>> open(
      const std::string& path, application::Deadline deadline);

  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void set_deadline(application::Deadline deadline) noexcept { deadline_ = deadline; }

  /// Runs one or more statements that have neither parameters nor rows.
  [[nodiscard]] domain::Result<void> execute(const std::string& sql);

  /// Prepared once and kept; `sql` is a constant. Not while the same statement is being executed.
  [[nodiscard]] domain::Result<sqlite3_stmt*> prepare(const char* sql);

 private:
  explicit Database(sqlite3* handle) noexcept : handle_(handle) {}

  static int wait_for_lock(void* self, int tries);
  static int stop_at_deadline(void* self);

  sqlite3* handle_;
  std::map<const char*, sqlite3_stmt*> prepared_;
  application::Deadline deadline_ = application::Deadline::max();
};

/// A write transaction: takes the lock at once, and rolls back unless `commit` succeeded.
class Transaction {
 public:
  [[nodiscard]] static domain::Result<Transaction> begin(Database& database);

  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  [[nodiscard]] domain::Result<void> commit();

 private:
  explicit Transaction(Database& database) noexcept : database_(&database) {}

  Database* database_;  // null: over
};

}  // namespace hearth::adapters::sqlite
