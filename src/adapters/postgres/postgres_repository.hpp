#pragma once

#include <memory>

#include "adapters/postgres/postgres_settings.hpp"
#include "application/ports/access_repository.hpp"
#include "application/ports/flag_repository.hpp"

namespace hearth::adapters::postgres {

class ConnectionPool;

/// The system of record in PostgreSQL 13 or newer, after `migrate`.
///
/// Connections are opened when first needed (two more than the settings allow, for streams, of
/// which there are two at a time), and again after a loss; a read that meets a dead
/// connection is tried once more on a new one. While the server cannot be reached, calls fail at
/// once between tries that back off to 2 s. A statement that the server gave up
/// (statement_timeout) is `deadline_exceeded` for a read and `unavailable` for a change, which
/// then did not happen.
///
/// Threading: all I/O is done on the thread that runs `executor`; the methods may be called from
/// any thread that runs an `io_context` and complete there. Destroy it on that thread, or after
/// the thread has ended. Calls that are still suspended then must not be resumed. The callers'
/// `io_context`s must outlive the thread of `executor`, which lets go of them last.
class PostgresRepository final : public application::FlagRepository,
                                 public application::AccessRepository {
 public:
  /// Connects to nothing yet: a wrong URL is told by the first call.
  PostgresRepository(application::Executor executor, PostgresSettings settings);
  ~PostgresRepository() override;
  PostgresRepository(const PostgresRepository&) = delete;
  PostgresRepository& operator=(const PostgresRepository&) = delete;

  /// Throws away the connections that are idle, and those in use as they come back, because they
  /// may have died unnoticed. On the executor's thread.
  void drop_present_connections() noexcept;

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
  application::Executor executor_;
  // Shared with the leases of suspended calls, which may be destroyed after the repository (when
  // their io_context is).
  std::shared_ptr<ConnectionPool> pool_;
  // Connections of their own for streams: their reader may be slow, and reads must not wait for a
  // connection because of that.
  std::shared_ptr<ConnectionPool> streams_;
};

}  // namespace hearth::adapters::postgres
