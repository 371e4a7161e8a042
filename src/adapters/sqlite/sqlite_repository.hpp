#pragma once

#include <memory>
#include <string>

#include "application/ports/access_repository.hpp"
#include "application/ports/flag_repository.hpp"

namespace hearth::adapters::sqlite {

/// The embedded system of record: one SQLite file (write-ahead log), after `migrate_sqlite`.
///
/// Threading: works on a thread of its own, which the destructor joins; the methods may be called
/// from any thread that runs an `io_context` and complete there. No call may be under way when it
/// is destroyed, and the callers' `io_context`s must outlive it (its thread lets go of them last).
/// Other processes may use the file at the same time; a change that has to wait for one of them
/// does so until its deadline. A statement that the deadline cuts short has changed nothing, so
/// `in_doubt` never happens.
class SqliteRepository final : public application::FlagRepository,
                               public application::AccessRepository {
 public:
  /// Opens (or makes) the file at `path`. `misconfigured`: no such folder, no permission, not a
  /// database, or locked for too long; the message says what to do.
  [[nodiscard]] static domain::Result<std::unique_ptr<SqliteRepository>> open(std::string path);

  ~SqliteRepository() override;
  SqliteRepository(const SqliteRepository&) = delete;
  SqliteRepository& operator=(const SqliteRepository&) = delete;

  [[nodiscard]] application::Task<domain::Result<std::vector<domain::FlagState>>> find_many(
      domain::Environment environment, std::vector<domain::FlagKey> keys,
      application::Deadline deadline) override;
  [[nodiscard]] application::Task<domain::Result<void>> stream_hottest(
      domain::Environment environment, application::HeatQuery query, application::FlagSink& sink,
      application::Deadline deadline) override;
  [[nodiscard]] application::Task<domain::Result<std::vector<application::ChangedState>>>
  find_changed(domain::Version since, std::size_t limit, application::Deadline deadline) override;
  [[nodiscard]] application::Task<domain::Result<domain::Version>> latest_version(
      std::chrono::milliseconds age, application::Deadline deadline) override;
  [[nodiscard]] application::Task<domain::Result<application::FlagPage>> list(
      domain::Environment environment, application::PageRequest page,
      application::Deadline deadline) override;
  [[nodiscard]] application::Task<domain::Result<domain::Flag>> create(
      domain::Environment environment, domain::FlagDraft draft,
      application::Deadline deadline) override;
  [[nodiscard]] application::Task<domain::Result<domain::Flag>> update(
      domain::Environment environment, domain::FlagKey key, domain::FlagPatch patch,
      std::optional<domain::Version> expected, application::Deadline deadline) override;
  [[nodiscard]] application::Task<domain::Result<domain::Tombstone>> remove(
      domain::Environment environment, domain::FlagKey key, std::optional<domain::Version> expected,
      application::Deadline deadline) override;
  [[nodiscard]] application::Task<domain::Result<application::ImportReport>> import(
      domain::Environment environment, std::vector<domain::FlagDraft> drafts,
      application::ImportMode mode, Progress progress, application::Deadline deadline) override;
  [[nodiscard]] application::Task<domain::Result<void>> record(
      std::vector<application::AccessCount> accesses, application::Deadline deadline) override;

 private:
  class Worker;

  explicit SqliteRepository(std::unique_ptr<Worker> worker);

  std::unique_ptr<Worker> worker_;
};

}  // namespace hearth::adapters::sqlite
