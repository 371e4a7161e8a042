#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "application/embedded_text.hpp"
#include "domain/error.hpp"
#include "domain/sha256.hpp"

namespace hearth::application {

/// A migration as the database remembers it.
struct RecordedMigration {
  std::string name;
  std::string checksum;  ///< migration_checksum of its file when it was applied
};

/// SHA-256 of a migration's text, in lower-case hexadecimal digits.
[[nodiscard]] inline std::string migration_checksum(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const auto byte : domain::sha256(text)) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

/// The files that are still to be applied, in their order. Fails with `misconfigured` if a recorded
/// migration is not among `files` (a newer binary made it) or has another checksum.
[[nodiscard]] inline domain::Result<std::vector<EmbeddedText>> pending_migrations(
    std::span<const EmbeddedText> files, std::span<const RecordedMigration> recorded) {
  for (const auto& migration : recorded) {
    const auto file = std::ranges::find(files, migration.name, &EmbeddedText::name);
    if (file == files.end()) {
      return domain::fail(domain::ErrorCode::misconfigured,
                          "The database has the migration " + migration.name +
                              ", which this hearth does not know; run a hearth at least as new as "
                              "the one that migrated it");
    }
    if (migration_checksum(file->content) != migration.checksum) {
      return domain::fail(domain::ErrorCode::misconfigured,
                          "The migration " + migration.name +
                              " has changed since it was applied to the database; restore the "
                              "file and put the change into a new migration");
    }
  }
  std::vector<EmbeddedText> pending;
  for (const auto& file : files) {
    if (std::ranges::find(recorded, file.name, &RecordedMigration::name) == recorded.end()) {
      pending.push_back(file);
    }
  }
  return pending;
}

}  // namespace hearth::application
