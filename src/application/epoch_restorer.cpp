#include "application/epoch_restorer.hpp"

#include <utility>

namespace hearth::application {

using domain::Environment;
using domain::ErrorCode;
using domain::Result;

EpochRestorer::EpochRestorer(Fleet& fleet, FlagRepository& repository, CacheAdapter& cache,
                             Telemetry& telemetry, Settings settings)
    : fleet_(fleet),
      repository_(repository),
      cache_(cache),
      telemetry_(telemetry),
      settings_(settings) {}

Task<bool> EpochRestorer::restore(Environment environment, Heartbeat found) {
  const auto claim =
      co_await fleet_.claim_restoration(environment, found, settings_.claim, deadline());
  if (!claim || !*claim) co_return false;
  const auto compared = co_await compare_entries(environment, found.server, **claim);
  if (!compared) {
    telemetry_.warning("epoch",
                       "The cache could not be compared with the database, and is not "
                       "used until it is: " +
                           compared.error().message);
    co_return false;
  }
  const bool is_first = found.epoch.empty();
  const auto begun =
      co_await fleet_.begin_epoch(environment, std::move(found.server), **claim, deadline());
  if (!begun || !*begun) co_return false;
  telemetry_.info("epoch", is_first ? "The cache was empty of an epoch; a new one has begun"
                                    : "The cache's server is another one; its entries have been "
                                      "compared with the database and a new epoch has begun");
  co_return true;
}

Task<Result<void>> EpochRestorer::compare_entries(Environment environment, std::string server,
                                                  std::string claim) {
  std::string from;
  do {
    auto page = co_await fleet_.list_entries(environment, std::move(from), deadline());
    if (!page) co_return std::unexpected(std::move(page.error()));
    from = page->next;
    if (page->keys.empty()) continue;
    auto compared = co_await compare_page(environment, std::move(*page), server, claim);
    if (!compared) co_return compared;
  } while (!from.empty());
  co_return Result<void>{};
}

Task<Result<void>> EpochRestorer::compare_page(Environment environment, EntryPage page,
                                               std::string server, std::string claim) {
  auto states = co_await repository_.find_many(environment, std::move(page.keys), deadline());
  if (!states) co_return std::unexpected(std::move(states.error()));
  CacheSnapshot snapshot;
  snapshot.cache_time_ms = page.cache_time_ms;
  snapshot.max_age = settings_.lifetimes.max_age();
  // Another claim, or a flush, refuses these writes.
  snapshot.server = std::move(server);
  snapshot.epoch = std::move(claim);
  auto entries = settings_.lifetimes.entries_of(std::move(*states));
  const auto written = co_await cache_.set_many(std::move(environment), std::move(entries),
                                                std::move(snapshot), deadline());
  if (written.error) co_return std::unexpected(*written.error);
  for (const auto outcome : written.outcomes) {
    if (outcome == WriteOutcome::failed || outcome == WriteOutcome::too_old) {
      co_return domain::fail(ErrorCode::unavailable,
                             "the cache was interrupted again while it was being compared");
    }
  }
  co_return Result<void>{};
}

}  // namespace hearth::application
