#pragma once

#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "application/await_callback.hpp"
#include "application/ports/flag_repository.hpp"
#include "support/flag_stream.hpp"
#include "support/recording_cache.hpp"

namespace hearth::test_support {

/// A repository whose reads stay under way until the test answers them, so that a test decides
/// what happens meanwhile. Changes are not what it is for: they throw. Threading: one thread.
class HeldRepository final : public application::FlagRepository {
 public:
  using States = domain::Result<std::vector<domain::FlagState>>;
  using Page = domain::Result<application::FlagPage>;
  using Hottest = domain::Result<std::vector<domain::Flag>>;

  /// One `find_many` that was asked for.
  struct Query {
    domain::Environment environment;
    std::vector<domain::FlagKey> keys;
    application::Deadline deadline;
  };

  explicit HeldRepository(Events& events) : events_(events) {}

  /// All calls of `find_many` so far, answered ones included.
  std::vector<Query> queries;
  /// All calls of `list` so far.
  std::vector<application::PageRequest> pages;
  /// All calls of `stream_hottest` so far.
  std::vector<application::HeatQuery> hottest;

  /// Answers `queries[number]`, once.
  void answer(std::size_t number, States states) {
    auto resume = std::exchange(held_queries_.at(number), {});
    if (!resume) throw std::logic_error("this query has been answered");
    resume(std::move(states));
  }

  /// Answers `pages[number]`, once.
  void answer_page(std::size_t number, Page page) {
    auto resume = std::exchange(held_pages_.at(number), {});
    if (!resume) throw std::logic_error("this page has been answered");
    resume(std::move(page));
  }

  /// Answers `hottest[number]`, once.
  void answer_hottest(std::size_t number, Hottest flags) {
    auto resume = std::exchange(held_hottest_.at(number), {});
    if (!resume) throw std::logic_error("this query has been answered");
    resume(std::move(flags));
  }

  /// Queries that wait for their answer.
  [[nodiscard]] std::size_t under_way() const {
    std::size_t count = 0;
    for (const auto& resume : held_queries_) count += resume ? 1 : 0;
    return count;
  }

  application::Task<States> find_many(domain::Environment environment,
                                      std::vector<domain::FlagKey> keys,
                                      application::Deadline deadline) override {
    events_.emplace_back("repository.find_many");
    queries.push_back({std::move(environment), std::move(keys), deadline});
    auto hold = [this](application::Resume<States> resume) {
      held_queries_.push_back(std::move(resume));
    };
    co_return co_await application::await_callback<States>(hold);
  }

  application::Task<Page> list(domain::Environment, application::PageRequest page,
                               application::Deadline) override {
    events_.emplace_back("repository.list");
    pages.push_back(std::move(page));
    auto hold = [this](application::Resume<Page> resume) {
      held_pages_.push_back(std::move(resume));
    };
    co_return co_await application::await_callback<Page>(hold);
  }

  application::Task<domain::Result<std::vector<application::ChangedState>>> find_changed(
      domain::Version, std::size_t, application::Deadline) override {
    throw std::logic_error("not held");
  }
  application::Task<domain::Result<domain::Version>> latest_version(
      std::chrono::milliseconds, application::Deadline) override {
    throw std::logic_error("not held");
  }
  application::Task<domain::Result<void>> stream_hottest(domain::Environment,
                                                         application::HeatQuery query,
                                                         application::FlagSink& sink,
                                                         application::Deadline) override {
    events_.emplace_back("repository.stream_hottest");
    hottest.push_back(query);
    auto hold = [this](application::Resume<Hottest> resume) {
      held_hottest_.push_back(std::move(resume));
    };
    auto flags = co_await application::await_callback<Hottest>(hold);
    if (!flags) co_return std::unexpected(std::move(flags.error()));
    (void)co_await stream(std::move(*flags), query.batch, sink);
    co_return domain::Result<void>();
  }
  application::Task<domain::Result<domain::Flag>> create(domain::Environment, domain::FlagDraft,
                                                         application::Deadline) override {
    throw std::logic_error("not held");
  }
  application::Task<domain::Result<domain::Flag>> update(domain::Environment, domain::FlagKey,
                                                         domain::FlagPatch,
                                                         std::optional<domain::Version>,
                                                         application::Deadline) override {
    throw std::logic_error("not held");
  }
  application::Task<domain::Result<domain::Tombstone>> remove(domain::Environment, domain::FlagKey,
                                                              std::optional<domain::Version>,
                                                              application::Deadline) override {
    throw std::logic_error("not held");
  }
  application::Task<domain::Result<application::ImportReport>> import(
      domain::Environment, std::vector<domain::FlagDraft>, application::ImportMode, Progress,
      application::Deadline) override {
    throw std::logic_error("not held");
  }

 private:
  Events& events_;
  std::vector<application::Resume<States>> held_queries_;
  std::vector<application::Resume<Page>> held_pages_;
  std::vector<application::Resume<Hottest>> held_hottest_;
};

}  // namespace hearth::test_support
