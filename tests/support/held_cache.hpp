#pragma once

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "application/await_callback.hpp"
#include "application/ports/cache_adapter.hpp"

namespace hearth::test_support {

/// A cache whose writes stay under way until the test answers them. Reads are not what it is for:
/// they throw. Threading: one thread.
class HeldCache final : public application::CacheAdapter {
 public:
  /// The entries of all calls of `set_many` so far, answered ones included.
  std::vector<std::vector<application::CacheEntry>> writes;

  /// Answers `writes[number]`, once.
  void answer(std::size_t number, application::WriteReport report) {
    auto resume = std::exchange(held_.at(number), {});
    if (!resume) throw std::logic_error("this write has been answered");
    --under_way_;
    resume(std::move(report));
  }

  /// The same, with that outcome for all its entries.
  void answer(std::size_t number, application::WriteOutcome outcome) {
    application::WriteReport report;
    report.outcomes.assign(writes.at(number).size(), outcome);
    answer(number, std::move(report));
  }

  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_; }
  /// At any time so far.
  [[nodiscard]] std::size_t most_under_way() const noexcept { return most_under_way_; }

  application::Task<domain::Result<std::vector<application::CacheLookup>>> get_many(
      domain::Environment, std::vector<domain::FlagKey>, application::Deadline) override {
    throw std::logic_error("not held");
  }
  application::Task<domain::Result<application::CacheRead>> get(const domain::Environment&,
                                                                domain::FlagKeyView,
                                                                application::Deadline) override {
    throw std::logic_error("not held");
  }
  domain::Result<application::CacheSnapshot> snapshot(const domain::Environment&) override {
    return application::CacheSnapshot{};
  }

  application::Task<application::WriteReport> set_many(domain::Environment,
                                                       std::vector<application::CacheEntry> entries,
                                                       application::CacheSnapshot,
                                                       application::Deadline) override {
    writes.push_back(std::move(entries));
    most_under_way_ = std::max(most_under_way_, ++under_way_);
    auto hold = [this](application::Resume<application::WriteReport> resume) {
      held_.push_back(std::move(resume));
    };
    co_return co_await application::await_callback<application::WriteReport>(hold);
  }

 private:
  std::vector<application::Resume<application::WriteReport>> held_;
  std::size_t under_way_ = 0;
  std::size_t most_under_way_ = 0;
};

}  // namespace hearth::test_support
