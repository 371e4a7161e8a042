#pragma once

#include "adapters/postgres/postgres_settings.hpp"
#include "application/migration_report.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::postgres {

/// Applies the migrations that the database lacks, each in a transaction, and records it with its
/// SHA-256. Idempotent, and safe when several processes do it at once: they take turns (up to a
/// minute). Blocks. `misconfigured`: a recorded migration is unknown to this binary or has
/// changed since, the database is not UTF-8, or the URL, login or permissions are wrong;
/// `unavailable`: the server cannot be reached, or another process holds the lock for too long.
[[nodiscard]] domain::Result<application::MigrationReport> migrate(
    const PostgresSettings& settings);

}  // namespace hearth::adapters::postgres
