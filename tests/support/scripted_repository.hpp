#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "application/ports/flag_repository.hpp"
#include "support/flag_stream.hpp"
#include "support/recording_cache.hpp"

namespace hearth::test_support {

/// A repository that answers at once what the test prepares; what a script throws, the coroutine
/// throws. Unprepared calls answer `internal`. Threading: one thread.
class ScriptedRepository final : public application::FlagRepository {
 public:
  template <class T>
  using Answer = domain::Result<T>;
  using States = Answer<std::vector<domain::FlagState>>;
  using Flags = Answer<std::vector<domain::Flag>>;
  using Changes = Answer<std::vector<application::ChangedState>>;

  explicit ScriptedRepository(Events& events) : events_(events) {}

  std::function<States(const std::vector<domain::FlagKey>&)> on_find_many;
  /// What a query for the hottest gives, in batches of the size that is asked for.
  std::function<Flags(application::HeatQuery)> on_hottest;
  /// If set, such a query fails with it after all that it gives.
  std::optional<domain::Error> hottest_breaks;
  std::function<Changes(domain::Version, std::size_t)> on_find_changed;
  std::function<Answer<domain::Version>(std::chrono::milliseconds)> on_latest_version;
  std::function<Answer<application::FlagPage>(application::PageRequest)> on_list;
  std::function<Answer<domain::Flag>(domain::FlagDraft)> on_create;
  std::function<Answer<domain::Flag>(domain::FlagKey, domain::FlagPatch,
                                     std::optional<domain::Version>)>
      on_update;
  std::function<Answer<domain::Tombstone>(domain::FlagKey, std::optional<domain::Version>)>
      on_remove;
  std::function<Answer<application::ImportReport>(std::vector<domain::FlagDraft>,
                                                  application::ImportMode)>
      on_import;
  /// Of every call, in order.
  std::vector<application::Deadline> deadlines;

  application::Task<States> find_many(domain::Environment, std::vector<domain::FlagKey> keys,
                                      application::Deadline deadline) override {
    note("repository.find_many", deadline);
    co_return on_find_many ? on_find_many(keys) : unprepared();
  }
  application::Task<domain::Result<void>> stream_hottest(domain::Environment,
                                                         application::HeatQuery query,
                                                         application::FlagSink& sink,
                                                         application::Deadline deadline) override {
    note("repository.stream_hottest", deadline);
    auto flags = on_hottest ? on_hottest(query) : unprepared();
    if (!flags) co_return std::unexpected(std::move(flags.error()));
    auto streamed = co_await stream(std::move(*flags), query.batch, sink);
    if (streamed && hottest_breaks) co_return std::unexpected(*hottest_breaks);
    co_return domain::Result<void>();
  }
  application::Task<Changes> find_changed(domain::Version since, std::size_t limit,
                                          application::Deadline deadline) override {
    note("repository.find_changed", deadline);
    co_return on_find_changed ? on_find_changed(since, limit) : unprepared();
  }
  application::Task<Answer<domain::Version>> latest_version(
      std::chrono::milliseconds age, application::Deadline deadline) override {
    note("repository.latest_version", deadline);
    co_return on_latest_version ? on_latest_version(age) : unprepared();
  }
  application::Task<Answer<application::FlagPage>> list(domain::Environment,
                                                        application::PageRequest page,
                                                        application::Deadline deadline) override {
    note("repository.list", deadline);
    co_return on_list ? on_list(page) : unprepared();
  }
  application::Task<Answer<domain::Flag>> create(domain::Environment, domain::FlagDraft draft,
                                                 application::Deadline deadline) override {
    note("repository.create", deadline);
    co_return on_create ? on_create(draft) : unprepared();
  }
  application::Task<Answer<domain::Flag>> update(domain::Environment, domain::FlagKey key,
                                                 domain::FlagPatch patch,
                                                 std::optional<domain::Version> expected,
                                                 application::Deadline deadline) override {
    note("repository.update", deadline);
    co_return on_update ? on_update(key, patch, expected) : unprepared();
  }
  application::Task<Answer<domain::Tombstone>> remove(domain::Environment, domain::FlagKey key,
                                                      std::optional<domain::Version> expected,
                                                      application::Deadline deadline) override {
    note("repository.remove", deadline);
    co_return on_remove ? on_remove(key, expected) : unprepared();
  }
  application::Task<Answer<application::ImportReport>> import(
      domain::Environment, std::vector<domain::FlagDraft> drafts, application::ImportMode mode,
      Progress, application::Deadline deadline) override {
    note("repository.import", deadline);
    co_return on_import ? on_import(drafts, mode) : unprepared();
  }

 private:
  void note(const char* call, application::Deadline deadline) {
    events_.emplace_back(call);
    deadlines.push_back(deadline);
  }
  static std::unexpected<domain::Error> unprepared() {
    return domain::fail(domain::ErrorCode::internal, "the test prepared no answer");
  }

  Events& events_;
};

}  // namespace hearth::test_support
