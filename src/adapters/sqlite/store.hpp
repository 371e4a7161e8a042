#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "adapters/sqlite/database.hpp"
#include "application/ports/access_repository.hpp"
#include "application/ports/flag_repository.hpp"

namespace hearth::adapters::sqlite {

/// What SqliteRepository does, without the thread: blocking, each call within its deadline, each
/// change in a transaction. The contracts are FlagRepository's and AccessRepository's.
///
/// Threading: one thread at a time.
class Store {
 public:
  explicit Store(std::unique_ptr<Database> database) noexcept : database_(std::move(database)) {}

  [[nodiscard]] domain::Result<std::vector<domain::FlagState>> find_many(
      const domain::Environment& environment, std::vector<domain::FlagKey> keys,
      application::Deadline deadline);
  [[nodiscard]] domain::Result<std::vector<application::ChangedState>> find_changed(
      domain::Version since, std::size_t limit, application::Deadline deadline);
  [[nodiscard]] domain::Result<domain::Version> latest_version(std::chrono::milliseconds age,
                                                               application::Deadline deadline);
  [[nodiscard]] domain::Result<application::FlagPage> list(const domain::Environment& environment,
                                                           const application::PageRequest& page,
                                                           application::Deadline deadline);
  [[nodiscard]] domain::Result<domain::Flag> create(const domain::Environment& environment,
                                                    const domain::FlagDraft& draft,
                                                    application::Deadline deadline);
  [[nodiscard]] domain::Result<domain::Flag> update(const domain::Environment& environment,
                                                    const domain::FlagKey& key,
                                                    const domain::FlagPatch& patch,
                                                    std::optional<domain::Version> expected,
                                                    application::Deadline deadline);
  [[nodiscard]] domain::Result<domain::Tombstone> remove(const domain::Environment& environment,
                                                         const domain::FlagKey& key,
                                                         std::optional<domain::Version> expected,
                                                         application::Deadline deadline);
  [[nodiscard]] domain::Result<application::ImportReport> import(
      const domain::Environment& environment, const std::vector<domain::FlagDraft>& drafts,
      application::ImportMode mode, const application::FlagRepository::Progress& progress,
      application::Deadline deadline);
  [[nodiscard]] domain::Result<void> record(const std::vector<application::AccessCount>& accesses,
                                            application::Deadline deadline);

 private:
  struct Row;
  struct Content;

  [[nodiscard]] domain::Result<void> prepare_call(application::Deadline deadline);
  [[nodiscard]] domain::Result<std::optional<Row>> find(const domain::Environment& environment,
                                                        const domain::FlagKey& key);
  [[nodiscard]] domain::Result<Row> find_to_change(const domain::Environment& environment,
                                                   const domain::FlagKey& key,
                                                   std::optional<domain::Version> expected);
  [[nodiscard]] domain::Result<domain::Flag> insert(const domain::Environment& environment,
                                                    const domain::FlagKey& key,
                                                    const Content& content);
  [[nodiscard]] domain::Result<domain::Flag> rewrite(const domain::Environment& environment,
                                                     const domain::FlagKey& key, std::int64_t id,
                                                     const Content& content);
  [[nodiscard]] domain::Result<void> import_one(const domain::Environment& environment,
                                                const domain::FlagDraft& draft,
                                                application::ImportReport& report);
  [[nodiscard]] domain::Result<void> record_one(const application::AccessCount& access);

  std::unique_ptr<Database> database_;
};

}  // namespace hearth::adapters::sqlite
