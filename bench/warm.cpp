// How long a warm run takes from request to report, wired as bootstrap wires it, beside what
// redis-benchmark reaches in the same minutes. `--flags=N`: only this size, and the only way to
// have 1000000; `--quick`: only what takes no time.
#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "adapters/postgres/postgres_migrations.hpp"
#include "adapters/postgres/postgres_repository.hpp"
#include "adapters/redis/redis_cache.hpp"
#include "adapters/telemetry/log.hpp"
#include "application/cache_warmer.hpp"
#include "bench/process_memory.hpp"
#include "bench/redis_reference.hpp"
#include "bench/results_file.hpp"
#include "bench/stored_flags.hpp"
#include "bench/warm_table.hpp"
#include "bootstrap/event_loop.hpp"
#include "bootstrap/system_clock.hpp"
#include "domain/heat.hpp"
#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"

namespace hearth::bench {
namespace {

using application::Task;
using application::WarmReport;

/// Sizes of the table; `stored` flags of which `warmed` are to be warmed.
struct Size {
  std::size_t warmed;
  std::size_t stored;
  std::size_t runs;  ///< in all rounds together
};
constexpr Size sizes[] = {
    {20, 1'000, 201}, {1'000, 1'000, 51}, {100'000, 100'000, 9}, {1'000'000, 1'000'000, 3}};
constexpr std::size_t rounds = 3;
constexpr std::size_t least_reference_commands = 20'000;  // fewer say nothing
constexpr std::size_t deepest_reference_pipeline = 500;   // as the budget has it

const domain::Environment production = domain::Environment::parse("production").value();

[[noreturn]] void give_up(const domain::Error& error) { throw std::runtime_error(error.message); }

double milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// hearth without HTTP: the engine's thread with database, cache and warmer, and one of the
/// threads that serve, which asks for the runs as the admin API does.
class WarmEngine {
 public:
  WarmEngine(const std::string& database_url, const std::string& redis_url)
      : repository_(engine_.executor(), {.url = database_url, .statement_timeout = patience}),
        cache_(engine_.executor(), adapters::redis::parse_endpoint(redis_url).value(), {}, clock_,
               fleet_),
        log_(adapters::telemetry::LogLevel::warning, adapters::telemetry::LogFormat::text),
        warmer_(engine_.executor(), repository_, cache_, clock_, log_, warm_runs_, settings()) {
    engine_.start();
    worker_.start();
    const auto connected =
        engine_.run(cache_.wait_until_connected(application::deadline_in(patience)));
    if (!connected) give_up(connected.error());
  }

  ~WarmEngine() {
    worker_.stop();
    engine_.stop();
  }
  WarmEngine(const WarmEngine&) = delete;
  WarmEngine& operator=(const WarmEngine&) = delete;

  /// Reads of every flag, so that there are hottest ones.
  void record_accesses(std::size_t flags) {
    std::vector<application::AccessCount> accesses;
    for (std::size_t i = 0; i < flags; ++i) {
      const auto now = clock_.now();
      const auto count = i * 7919 % flags + 1;
      accesses.push_back({production, domain::FlagKey::parse(flag_key(i)).value(), count, now,
                          domain::heat_of(count, now, {})});
    }
    auto recorded =
        engine_.run(repository_.record(std::move(accesses), application::deadline_in(patience)));
    if (!recorded) give_up(recorded.error());
  }

  /// One after the other, on the thread that asks.
  std::vector<RunTimes> warm(std::size_t flags, std::size_t runs) {
    return worker_.run(warm_many(flags, runs));
  }

 private:
  static constexpr std::chrono::seconds patience{60};

  /// As ever, but for the time that the largest run may take on a slow machine.
  static application::CacheWarmer::Settings settings() {
    application::CacheWarmer::Settings settings;
    settings.run_timeout = patience;
    return settings;
  }

  Task<std::vector<RunTimes>> warm_many(std::size_t flags, std::size_t runs) {
    std::vector<RunTimes> times;
    for (std::size_t i = 0; i < runs; ++i) {
      const auto start = clock_.steady_now();
      const auto report =
          co_await warmer_.warm_top_flags(production, flags, application::WarmTrigger::manual);
      const auto total = clock_.steady_now() - start;
      check(report, flags);
      times.push_back({milliseconds(total), milliseconds(report.query_duration),
                       milliseconds(report.pipeline_duration)});
    }
    co_return times;
  }

  static void check(const WarmReport& report, std::size_t flags) {
    if (report.error) give_up(*report.error);
    if (report.warmed() == flags && report.failed == 0) return;
    throw std::runtime_error("A run was to warm " + std::to_string(flags) + " flags and warmed " +
                             std::to_string(report.warmed()));
  }

  bootstrap::EventLoop worker_;
  bootstrap::EventLoop engine_;
  bootstrap::SystemClock clock_;
  adapters::postgres::PostgresRepository repository_;
  application::FleetView fleet_{production, application::FleetView::Trust::unconditional};
  adapters::redis::RedisCache cache_;
  adapters::telemetry::Log log_;
  application::WarmRunLog warm_runs_;
  application::CacheWarmer warmer_;
};

Scenario measure(const Size& size, test_support::PostgresServer& postgres) {
  const test_support::RedisServer redis;
  const auto url = postgres.create_database();
  if (const auto done = adapters::postgres::migrate({.url = url}); !done) give_up(done.error());
  store_flags(url, size.stored);
  WarmEngine engine(url, redis.url());
  const bool only_some = size.warmed < size.stored;
  if (only_some) engine.record_accesses(size.stored);

  Scenario scenario{.flags = size.warmed, .rounds = {}};
  const MemoryGrowth growth;
  scenario.first_run_ms = engine.warm(size.warmed, 1).front().total;
  scenario.memory_growth_mib = growth.mib();

  // There is nothing but flags, and their values differ by a few bytes.
  const auto sample = redis.command({"RANDOMKEY"}).text;
  const auto value = redis.command({"GET", sample}).text;
  const auto commands = std::max(size.warmed, least_reference_commands);
  const auto pipeline = std::min(size.warmed, deepest_reference_pipeline);
  for (std::size_t i = 0; i < rounds; ++i) {
    auto& round = scenario.rounds.emplace_back();
    round.runs = engine.warm(size.warmed, size.runs / rounds);
    round.reference_setex_per_second =
        redis_benchmark_setex(redis.port(), commands, pipeline, size.warmed, value);
  }
  std::fprintf(stderr, "%zu flags, values of %zu bytes: done\n", size.warmed, value.size());
  return scenario;
}

bool wanted(const Size& size, std::span<char*> arguments) {
  if (arguments.size() == 1 && std::string_view(arguments[0]) == "--quick") {
    return size.stored <= 1'000;
  }
  // To store a million flags takes longer than everything else together.
  if (arguments.empty()) return size.stored <= 100'000;
  return std::ranges::any_of(arguments, [&](const char* argument) {
    return argument == "--flags=" + std::to_string(size.warmed);
  });
}

void run(std::span<char*> arguments) {
  test_support::PostgresServer postgres;
  std::vector<Scenario> scenarios;
  for (const auto& size : sizes) {
    if (wanted(size, arguments)) scenarios.push_back(measure(size, postgres));
  }
  print_table(scenarios);
  write_results("warm", warm_json(scenarios));
  write_plot("warm", warm_plot(scenarios, machine_text()));
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  try {
    hearth::bench::run({arguments + 1, static_cast<std::size_t>(count - 1)});
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "hearth_bench_warm: %s\n", failure.what());
    return 1;
  }
}
