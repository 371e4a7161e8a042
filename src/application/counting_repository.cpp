#include "application/counting_repository.hpp"

#include <utility>

namespace hearth::application {

using domain::Environment;
using domain::Flag;
using domain::FlagKey;
using domain::FlagState;
using domain::Result;
using domain::Version;

std::string_view name_of(DatabaseQuery query) noexcept {
  switch (query) {
    case DatabaseQuery::flags: return "flags";
    case DatabaseQuery::hottest: return "hottest";
    case DatabaseQuery::changes: return "changes";
    case DatabaseQuery::latest_version: return "latest_version";
    case DatabaseQuery::list: return "list";
    case DatabaseQuery::create: return "create";
    case DatabaseQuery::update: return "update";
    case DatabaseQuery::remove: return "remove";
    case DatabaseQuery::import: return "import";
    case DatabaseQuery::accesses: return "accesses";
  }
  return "flags";
}

Task<Result<std::vector<FlagState>>> CountingFlagRepository::find_many(Environment environment,
                                                                       std::vector<FlagKey> keys,
                                                                       Deadline deadline) {
  counts_.note(DatabaseQuery::flags);
  return inner_.find_many(std::move(environment), std::move(keys), deadline);
}

Task<Result<void>> CountingFlagRepository::stream_hottest(Environment environment, HeatQuery query,
                                                          FlagSink& sink, Deadline deadline) {
  counts_.note(DatabaseQuery::hottest);
  return inner_.stream_hottest(std::move(environment), query, sink, deadline);
}

Task<Result<std::vector<ChangedState>>> CountingFlagRepository::find_changed(Version since,
                                                                             std::size_t limit,
                                                                             Deadline deadline) {
  counts_.note(DatabaseQuery::changes);
  return inner_.find_changed(since, limit, deadline);
}

Task<Result<Version>> CountingFlagRepository::latest_version(std::chrono::milliseconds age,
                                                             Deadline deadline) {
  counts_.note(DatabaseQuery::latest_version);
  return inner_.latest_version(age, deadline);
}

Task<Result<FlagPage>> CountingFlagRepository::list(Environment environment, PageRequest page,
                                                    Deadline deadline) {
  counts_.note(DatabaseQuery::list);
  return inner_.list(std::move(environment), std::move(page), deadline);
}

Task<Result<Flag>> CountingFlagRepository::create(Environment environment, domain::FlagDraft draft,
                                                  Deadline deadline) {
  counts_.note(DatabaseQuery::create);
  return inner_.create(std::move(environment), std::move(draft), deadline);
}

Task<Result<Flag>> CountingFlagRepository::update(Environment environment, FlagKey key,
                                                  domain::FlagPatch patch,
                                                  std::optional<Version> expected,
                                                  Deadline deadline) {
  counts_.note(DatabaseQuery::update);
  return inner_.update(std::move(environment), std::move(key), std::move(patch), expected,
                       deadline);
}

Task<Result<domain::Tombstone>> CountingFlagRepository::remove(Environment environment, FlagKey key,
                                                               std::optional<Version> expected,
                                                               Deadline deadline) {
  counts_.note(DatabaseQuery::remove);
  return inner_.remove(std::move(environment), std::move(key), expected, deadline);
}

Task<Result<ImportReport>> CountingFlagRepository::import(Environment environment,
                                                          std::vector<domain::FlagDraft> drafts,
                                                          ImportMode mode, Progress progress,
                                                          Deadline deadline) {
  counts_.note(DatabaseQuery::import);
  return inner_.import(std::move(environment), std::move(drafts), mode, std::move(progress),
                       deadline);
}

Task<Result<void>> CountingAccessRepository::record(std::vector<AccessCount> accesses,
                                                    Deadline deadline) {
  counts_.note(DatabaseQuery::accesses);
  return inner_.record(std::move(accesses), deadline);
}

}  // namespace hearth::application
