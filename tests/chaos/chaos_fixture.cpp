#include "chaos/chaos_fixture.hpp"

#include <fmt/format.h>

#include <iostream>
#include <limits>
#include <stdexcept>
#include <thread>

#include "support/eventually.hpp"

namespace hearth::chaos {

using checks::Clock;
using test_support::eventually;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t processes = 2;
constexpr std::size_t flags = 60;
// One more that no writer of the load owns: its changes tell whether the fleet has healed.
constexpr std::size_t probe_flag = flags;
constexpr auto calm = 1'000ms;
constexpr auto heal_limit = 20s;
// Far above what is meant to be, because the machine may be busy with other things.
constexpr double most_p99_ms = 2'000;
constexpr double most_heal_ms = 15'000;

enum Phase : std::size_t { before, broken, after, phases };

checks::LoadOptions load_options() {
  checks::LoadOptions options;
  options.readers_per_process = 2;
  options.writers = 4;
  options.reads_per_second = 1'500;
  options.changes_per_second = 60;
  options.warm_run_interval = 100ms;
  return options;
}

}  // namespace

void ChaosTest::set_up_fleet(std::vector<std::string> redis_settings, std::chrono::seconds ttl) {
  checks::FleetBenchOptions options;
  options.flags = flags + 1;
  options.settings = {{"CACHE_TTL_SECONDS", std::to_string(ttl.count())},
                      {"ACCESS_FLUSH_SECONDS", "1"}};
  options.redis_settings = std::move(redis_settings);
  fleet_ = std::make_unique<checks::FleetBench>(std::move(options));
  for (std::size_t i = 0; i < processes; ++i) fleet_->add_member();
  for (std::size_t flag = 0; flag <= probe_flag; ++flag) {
    for (const auto& member : fleet_->members()) {
      ASSERT_EQ(member->server->request("GET", checks::read_path(flag)).status, 200);
    }
  }
}

Outcome ChaosTest::endure(const std::string& name, const std::function<void()>& break_it,
                          const std::function<void()>& mend_it) {
  checks::Stage stage;
  checks::StalenessLoad load(*fleet_, stage, phases, load_options());
  load.start();
  std::this_thread::sleep_for(calm);
  stage.phase = broken;
  break_it();
  mend_it();
  const auto mended = Clock::now();
  stage.phase = after;
  const bool healed = heals();
  Outcome outcome;
  outcome.healed_ms = healed
                          ? std::chrono::duration<double, std::milli>(Clock::now() - mended).count()
                          : std::numeric_limits<double>::infinity();
  std::this_thread::sleep_for(calm);
  load.stop();
  const auto tallies = load.tallies();
  for (const auto& violation : load.violations()) {
    outcome.failures += fmt::format(
        "process {} answered {} n={} (X-Cache: {}) in phase {} although n={} was acknowledged and "
        "n={} sent; ",
        violation.process, checks::flag_name(violation.flag), violation.number, violation.source,
        violation.phase, violation.floor, load.history(violation.flag).sent());
    for (const auto& change : violation.changes) {
      if (change.number < violation.number) continue;
      outcome.failures += fmt::format("n={} version {} status {} through {}; ", change.number,
                                      change.version, change.status, change.process);
    }
    outcome.failures += "\n";
  }
  outcome.reads = tallies[broken].reads();
  outcome.p99_ms = tallies[broken].read_times.percentile(0.99);
  outcome.violations = load.violation_count();
  for (const auto& tally : tallies) {
    outcome.failed_reads += tally.failed_reads;
    if (const auto stale = tally.reads_by_source.find("stale");
        stale != tally.reads_by_source.end()) {
      outcome.stale_reads += stale->second;
    }
    for (const auto& [words, count] : tally.failures) {
      outcome.failures += fmt::format("{} ({} times); ", words, count);
    }
  }
  std::cout << fmt::format(
      "| {} | {} reads | {} failed | p99 {:.1f} ms | healed after {:.0f} ms | {} outdated | {} "
      "marked "
      "as stale |\n",
      name, outcome.reads, outcome.failed_reads, outcome.p99_ms, outcome.healed_ms,
      outcome.violations, outcome.stale_reads);
  return outcome;
}

bool ChaosTest::heals() {
  const auto end = Clock::now() + heal_limit;
  const auto is_well = [&](test_support::HearthServer& server) {
    try {
      const auto read = server.request("GET", checks::read_path(0));
      const auto source = read.header("X-Cache");
      if (read.status != 200 || (source != "hit" && source != "near")) return false;
      const auto changed =
          server.request("PATCH", "/api/admin/flags/" + checks::flag_name(probe_flag),
                         checks::admin_headers(), R"({"rolloutPercentage":50})");
      return changed.status == 200;
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  for (const auto& member : fleet_->members()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    if (!eventually(left, [&] { return is_well(*member->server); })) return false;
  }
  return true;
}

void ChaosTest::expect_no_harm(const Outcome& outcome) {
  EXPECT_EQ(outcome.failed_reads, 0u) << outcome.failures;
  EXPECT_EQ(outcome.violations, 0u) << outcome.failures;
  EXPECT_GT(outcome.reads, 20u) << "reads went on";
  EXPECT_LT(outcome.p99_ms, most_p99_ms);
  EXPECT_LT(outcome.healed_ms, most_heal_ms);
}

}  // namespace hearth::chaos
