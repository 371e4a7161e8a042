#pragma once

#include <string>

#include "application/migration_report.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::sqlite {

/// Applies the migrations that the database file lacks (making the file if it is not there), each
/// in a transaction, and records it with its SHA-256. Idempotent, and safe when several processes
/// do it at once. Blocks, up to some seconds if another process holds the file. `misconfigured`:
/// no such folder, no permission, not a database, locked for too long, or a recorded migration is
/// unknown to this binary or has changed since.
[[nodiscard]] domain::Result<application::MigrationReport> migrate_sqlite(const std::string& path);

}  // namespace hearth::adapters::sqlite
