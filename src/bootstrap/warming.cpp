#include "bootstrap/warming.hpp"

#include <boost/asio/detached.hpp>

#include "application/warming_schedule.hpp"

namespace hearth::bootstrap {
namespace {

using application::Deadline;
using application::Task;
using domain::Result;

std::unique_ptr<adapters::redis::RedisWarmingRecords> make_redis_records(
    const Configuration& configuration, const Warming::Parts& parts) {
  if (configuration.redis_url.empty() || !parts.elects) return nullptr;
  auto endpoint = adapters::redis::parse_endpoint(configuration.redis_url).value();
  return std::make_unique<adapters::redis::RedisWarmingRecords>(
      parts.engine, std::move(endpoint), adapters::redis::ConnectionSettings{});
}

application::CacheWarmer::Settings warmer_settings(const Configuration& configuration) {
  application::CacheWarmer::Settings settings;
  settings.lifetimes.known = configuration.cache_ttl;
  settings.include_disabled = configuration.warming_include_disabled;
  return settings;
}

application::WarmingTriggers::Settings trigger_settings(const Configuration& configuration,
                                                        Warming::Parts& parts) {
  return {.environment = configuration.environment,
          .ttl = configuration.cache_ttl,
          .keys_in_use = std::move(parts.keys_in_use),
          .proves_cache = std::move(parts.proves_cache)};
}

}  // namespace

Warming::Warming(const Configuration& configuration, Parts parts)
    : configuration_(configuration),
      recovers_(parts.recovers),
      engine_(parts.engine),
      readiness_(parts.readiness),
      redis_records_(make_redis_records(configuration, parts)),
      memory_records_(redis_records_
                          ? nullptr
                          : std::make_unique<adapters::memory::MemoryWarmingRecords>(parts.clock)),
      warmer_(parts.engine, parts.repository, parts.cache, parts.clock, parts.telemetry, own_runs_,
              warmer_settings(configuration)),
      fleet_(parts.engine, warmer_, records(), parts.cache, own_runs_,
             {.top_n = configuration.warming_top_n}),
      triggers_(parts.engine, fleet_, parts.clock, parts.telemetry, parts.readiness,
                trigger_settings(configuration, parts)) {}

application::WarmingRecords& Warming::records() const {
  if (redis_records_) return *redis_records_;
  return *memory_records_;
}

Task<Result<void>> Warming::wait_for_records(Deadline deadline) {
  if (!redis_records_) co_return Result<void>{};
  co_return co_await redis_records_->wait_until_connected(deadline);
}

Task<void> Warming::run_cold_start(Deadline deadline) {
  if (configuration_.warming_enabled) {
    co_await triggers_.cold_start(deadline);
    cold_start_is_over_ = true;
  } else {
    readiness_.first_warm_run_is_over();
  }
}

Task<void> Warming::look_after() {
  return triggers_.look_after(configuration_.warming_enabled && recovers_);
}

void Warming::renew_connection() {
  if (redis_records_) redis_records_->renew_connection();
}

Task<void> Warming::run(Deadline cold_start_deadline) {
  co_await run_cold_start(cold_start_deadline);
  if (configuration_.warming_enabled) follow_schedule();
  co_await triggers_.keep_warm(configuration_.warming_enabled && recovers_);
}

void Warming::follow_schedule() {
  // Who develops wants to see what he does himself, and starts and stops all the time.
  if (configuration_.environment.text() == "local") return;
  const auto schedule = application::WarmingSchedule::parse(configuration_.warming_schedule);
  if (!schedule) return;  // the configuration has been checked: this cannot be
  auto next_after = [schedule = *schedule](domain::Timestamp after) {
    return schedule.next_after(after);
  };
  boost::asio::co_spawn(engine_, triggers_.follow_schedule(std::move(next_after)),
                        boost::asio::detached);
}

void Warming::cache_restored(const domain::Environment& environment) {
  if (!recovers_ || !cold_start_is_over_ || environment != configuration_.environment) return;
  boost::asio::co_spawn(engine_, triggers_.recover(), boost::asio::detached);
}

}  // namespace hearth::bootstrap
