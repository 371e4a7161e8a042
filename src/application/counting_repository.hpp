#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "application/counters.hpp"
#include "application/ports/access_repository.hpp"
#include "application/ports/flag_repository.hpp"

namespace hearth::application {

/// What hearth asks of its database.
enum class DatabaseQuery {
  flags,           ///< FlagRepository::find_many
  hottest,         ///< stream_hottest
  changes,         ///< find_changed
  latest_version,  ///< latest_version
  list,            ///< list
  create,
  update,
  remove,
  import,
  accesses,  ///< AccessRepository::record
};

inline constexpr auto database_queries = std::to_array<DatabaseQuery>(
    {DatabaseQuery::flags, DatabaseQuery::hottest, DatabaseQuery::changes,
     DatabaseQuery::latest_version, DatabaseQuery::list, DatabaseQuery::create,
     DatabaseQuery::update, DatabaseQuery::remove, DatabaseQuery::import, DatabaseQuery::accesses});

/// `flags`, `hottest`, `changes`, `latest_version`, `list`, `create`, `update`, `remove`,
/// `import`, `accesses`.
[[nodiscard]] std::string_view name_of(DatabaseQuery query) noexcept;

/// How often the database was asked for what, well or badly. Threading: any thread, without locks.
class QueryCounts {
 public:
  void note(DatabaseQuery query) noexcept { counts_[static_cast<std::size_t>(query)].add(); }
  [[nodiscard]] std::uint64_t of(DatabaseQuery query) const noexcept {
    return counts_[static_cast<std::size_t>(query)].value();
  }

 private:
  std::array<SharedCounter, database_queries.size()> counts_;
};

/// The repository that it is given, with each call counted. Everything else is as there.
class CountingFlagRepository final : public FlagRepository {
 public:
  CountingFlagRepository(FlagRepository& inner, QueryCounts& counts)
      : inner_(inner), counts_(counts) {}

  Task<domain::Result<std::vector<domain::FlagState>>> find_many(domain::Environment environment,
                                                                 std::vector<domain::FlagKey> keys,
                                                                 Deadline deadline) override;
  Task<domain::Result<void>> stream_hottest(domain::Environment environment, HeatQuery query,
                                            FlagSink& sink, Deadline deadline) override;
  Task<domain::Result<std::vector<ChangedState>>> find_changed(domain::Version since,
                                                               std::size_t limit,
                                                               Deadline deadline) override;
  Task<domain::Result<domain::Version>> latest_version(std::chrono::milliseconds age,
                                                       Deadline deadline) override;
  Task<domain::Result<FlagPage>> list(domain::Environment environment, PageRequest page,
                                      Deadline deadline) override;
  Task<domain::Result<domain::Flag>> create(domain::Environment environment,
                                            domain::FlagDraft draft, Deadline deadline) override;
  Task<domain::Result<domain::Flag>> update(domain::Environment environment, domain::FlagKey key,
                                            domain::FlagPatch patch,
                                            std::optional<domain::Version> expected,
                                            Deadline deadline) override;
  Task<domain::Result<domain::Tombstone>> remove(domain::Environment environment,
                                                 domain::FlagKey key,
                                                 std::optional<domain::Version> expected,
                                                 Deadline deadline) override;
  Task<domain::Result<ImportReport>> import(domain::Environment environment,
                                            std::vector<domain::FlagDraft> drafts, ImportMode mode,
                                            Progress progress, Deadline deadline) override;

 private:
  FlagRepository& inner_;
  QueryCounts& counts_;
};

/// The same for the reads that are written down.
class CountingAccessRepository final : public AccessRepository {
 public:
  CountingAccessRepository(AccessRepository& inner, QueryCounts& counts)
      : inner_(inner), counts_(counts) {}

  Task<domain::Result<void>> record(std::vector<AccessCount> accesses, Deadline deadline) override;

 private:
  AccessRepository& inner_;
  QueryCounts& counts_;
};

}  // namespace hearth::application
