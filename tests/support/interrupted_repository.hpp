#pragma once

#include <functional>
#include <utility>

#include "application/ports/flag_repository.hpp"

namespace hearth::test_support {

/// A repository in front of another one that runs something between the moment when a read has
/// its rows and the moment when the reader gets them: the interleaving that a fence is for.
class InterruptedRepository final : public application::FlagRepository {
 public:
  using Interruption = std::function<application::Task<void>()>;

  explicit InterruptedRepository(application::FlagRepository& inner) : inner_(inner) {}

  /// Runs once, after the next `find_many` has read, or when the next `stream_hottest` has read its
  /// first batch.
  void interrupt_next_read(Interruption interruption) { interruption_ = std::move(interruption); }

  application::Task<domain::Result<std::vector<domain::FlagState>>> find_many(
      domain::Environment environment, std::vector<domain::FlagKey> keys,
      application::Deadline deadline) override {
    auto found = co_await inner_.find_many(std::move(environment), std::move(keys), deadline);
    co_await interrupt();
    co_return found;
  }

  application::Task<domain::Result<void>> stream_hottest(domain::Environment environment,
                                                         application::HeatQuery query,
                                                         application::FlagSink& sink,
                                                         application::Deadline deadline) override {
    InterruptedSink interrupted(*this, sink);
    co_return co_await inner_.stream_hottest(std::move(environment), query, interrupted, deadline);
  }

  application::Task<domain::Result<std::vector<application::ChangedState>>> find_changed(
      domain::Version since, std::size_t limit, application::Deadline deadline) override {
    return inner_.find_changed(since, limit, deadline);
  }

  application::Task<domain::Result<domain::Version>> latest_version(
      std::chrono::milliseconds age, application::Deadline deadline) override {
    return inner_.latest_version(age, deadline);
  }

  application::Task<domain::Result<application::FlagPage>> list(
      domain::Environment environment, application::PageRequest page,
      application::Deadline deadline) override {
    return inner_.list(std::move(environment), std::move(page), deadline);
  }

  application::Task<domain::Result<domain::Flag>> create(domain::Environment environment,
                                                         domain::FlagDraft draft,
                                                         application::Deadline deadline) override {
    return inner_.create(std::move(environment), std::move(draft), deadline);
  }

  application::Task<domain::Result<domain::Flag>> update(domain::Environment environment,
                                                         domain::FlagKey key,
                                                         domain::FlagPatch patch,
                                                         std::optional<domain::Version> expected,
                                                         application::Deadline deadline) override {
    return inner_.update(std::move(environment), std::move(key), std::move(patch), expected,
                         deadline);
  }

  application::Task<domain::Result<domain::Tombstone>> remove(
      domain::Environment environment, domain::FlagKey key, std::optional<domain::Version> expected,
      application::Deadline deadline) override {
    return inner_.remove(std::move(environment), std::move(key), expected, deadline);
  }

  application::Task<domain::Result<application::ImportReport>> import(
      domain::Environment environment, std::vector<domain::FlagDraft> drafts,
      application::ImportMode mode, Progress progress, application::Deadline deadline) override {
    return inner_.import(std::move(environment), std::move(drafts), mode, std::move(progress),
                         deadline);
  }

 private:
  class InterruptedSink final : public application::FlagSink {
   public:
    InterruptedSink(InterruptedRepository& owner, application::FlagSink& inner)
        : owner_(owner), inner_(inner) {}
    application::Task<bool> take(std::vector<domain::Flag> flags) override {
      co_await owner_.interrupt();
      co_return co_await inner_.take(std::move(flags));
    }

   private:
    InterruptedRepository& owner_;
    application::FlagSink& inner_;
  };

  application::Task<void> interrupt() {
    const auto interruption = std::exchange(interruption_, {});
    if (interruption) co_await interruption();
  }

  application::FlagRepository& inner_;
  Interruption interruption_;
};

}  // namespace hearth::test_support
