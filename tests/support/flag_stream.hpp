#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

#include "application/ports/flag_repository.hpp"

namespace hearth::test_support {

/// Hands `flags` to `sink` as a repository does. False: it wanted no more.
inline application::Task<bool> stream(std::vector<domain::Flag> flags, std::size_t batch,
                                      application::FlagSink& sink) {
  bool wanted = true;
  for (std::size_t begin = 0; wanted && begin < flags.size(); begin += batch) {
    const auto end = std::min(flags.size(), begin + batch);
    const auto at = [&](std::size_t i) {
      return std::make_move_iterator(flags.begin() + static_cast<std::ptrdiff_t>(i));
    };
    std::vector<domain::Flag> some(at(begin), at(end));
    wanted = co_await sink.take(std::move(some));
  }
  co_return wanted;
}

/// Keeps what a query hands over. Threading: that of the query's caller.
class CollectingSink final : public application::FlagSink {
 public:
  std::vector<domain::Flag> flags;   ///< of all batches
  std::vector<std::size_t> batches;  ///< their sizes
  /// Wants no more after so many batches.
  std::size_t most_batches = static_cast<std::size_t>(-1);
  /// If set, runs before each batch is taken.
  std::function<application::Task<void>()> before_each;

  application::Task<bool> take(std::vector<domain::Flag> some) override {
    if (before_each) co_await before_each();
    batches.push_back(some.size());
    std::ranges::move(some, std::back_inserter(flags));
    co_return batches.size() < most_batches;
  }
};

/// The whole of a stream at once.
inline application::Task<domain::Result<std::vector<domain::Flag>>> find_hottest(
    application::FlagRepository& repository, domain::Environment environment,
    application::HeatQuery query, application::Deadline deadline) {
  CollectingSink sink;
  auto done = co_await repository.stream_hottest(std::move(environment), query, sink, deadline);
  if (!done) co_return std::unexpected(std::move(done.error()));
  co_return std::move(sink.flags);
}

}  // namespace hearth::test_support
