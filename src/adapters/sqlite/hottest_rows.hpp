#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/sqlite/database.hpp"
#include "application/ports/flag_repository.hpp"

namespace hearth::adapters::sqlite {

/// The one query of FlagRepository::stream_hottest while it is being read, batch by batch.
///
/// It has a connection of its own, opened for it. On the store's connection, changes that are made
/// between two batches would show in the second one, and two streams would share a statement.
///
/// Threading: one thread at a time. Blocking.
class HottestRows {
 public:
  /// Opens the file at `path` once more and begins. Fails as Database::open and a query do;
  /// `deadline_exceeded` at once if the deadline has passed.
  [[nodiscard]] static domain::Result<std::unique_ptr<HottestRows>> begin(
      const std::string& path, const domain::Environment& environment, application::HeatQuery query,
      application::Deadline deadline);

  /// The next flags, as many as the query's batch has; fewer, or none, at the end.
  [[nodiscard]] domain::Result<std::vector<domain::Flag>> next();

 private:
  HottestRows(std::unique_ptr<Database> database, sqlite3_stmt* statement, std::size_t batch,
              application::Deadline deadline);

  std::unique_ptr<Database> database_;  // outlives its rows
  Query rows_;
  const std::size_t batch_;
  const application::Deadline deadline_;
};

}  // namespace hearth::adapters::sqlite
