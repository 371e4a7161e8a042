// Does warming do what the story wants of it? Lazy caching and warmed caches under the same load,
// through a deployment that empties the cache; writes docs/validation.md.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "bench/database_reads.hpp"
#include "bench/options.hpp"
#include "bench/results_file.hpp"
#include "bench/validation_load.hpp"
#include "bench/validation_report.hpp"
#include "checks/fleet_bench.hpp"

namespace hearth::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t first_reads = 1'000;
constexpr std::chrono::seconds load_before{5};
const ValidationSetup usual_setup{.flags = 1'000,
                                  .reads_per_second = 2'000,
                                  .processes = 2,
                                  .run = std::chrono::seconds(30),
                                  .ttl = std::chrono::seconds(10),
                                  .database_distance = std::chrono::milliseconds(10),
                                  .machine = {}};

/// An arm before it is measured.
struct Plan {
  std::string name;
  std::string description;
  test_support::Environment settings;
};

std::vector<Plan> plans() {
  return {{"lazy caching",
           "hearth without warming and without copies of its own. Already more than a plain "
           "cache-aside: misses share queries, and what is read near its end is renewed",
           {{"CACHE_WARMING_ENABLED", "false"}, {"NEAR_CACHE_TTL_MS", "0"}}},
          {"warmed, top 20",
           "the story's setting: the 20 busiest flags, without copies of its own",
           {{"CACHE_WARMING_TOP_N", "20"}, {"NEAR_CACHE_TTL_MS", "0"}}},
          {"warmed, all",
           "`CACHE_WARMING_TOP_N` = 1,000, without copies of its own",
           {{"CACHE_WARMING_TOP_N", "1000"}, {"NEAR_CACHE_TTL_MS", "0"}}},
          {"hearth",
           "`CACHE_WARMING_TOP_N` = 1,000, everything else as it comes",
           {{"CACHE_WARMING_TOP_N", "1000"}}}};
}

checks::FleetBenchOptions bench_options(const Plan& plan, const ValidationSetup& setup) {
  checks::FleetBenchOptions options;
  options.flags = setup.flags;
  options.settings = plan.settings;
  options.settings["ACCESS_FLUSH_SECONDS"] = "1";
  options.settings["CACHE_TTL_SECONDS"] = std::to_string(setup.ttl.count());
  return options;
}

void add_members(checks::FleetBench& fleet, const ValidationSetup& setup) {
  for (std::size_t i = 0; i < setup.processes; ++i) {
    fleet.add_member();
    fleet.members().back()->database_gate.set_delay(setup.database_distance / 2);
  }
}

ValidationLoad begin_load(checks::FleetBench& fleet, const ValidationSetup& setup) {
  std::vector<std::uint16_t> ports;
  for (const auto& member : fleet.members()) ports.push_back(member->server->port());
  ValidationLoad::Options options;
  options.flags = setup.flags;
  options.reads_per_second = setup.reads_per_second;
  return ValidationLoad(std::move(ports), options);
}

/// The old processes end, the cache is emptied, new ones start. Takes that long, from the flush.
std::chrono::milliseconds deploy(checks::FleetBench& fleet, const ValidationSetup& setup) {
  for (auto& member : fleet.members()) member->server->stop();
  fleet.members().clear();
  test_support::execute(fleet.database_url(), "SELECT pg_stat_statements_reset()");
  const auto begin = Clock::now();
  fleet.redis.run({"FLUSHALL"});
  add_members(fleet, setup);
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

ValidationArm measure(const Plan& plan, const ValidationSetup& setup) {
  checks::FleetBench fleet(bench_options(plan, setup));
  add_members(fleet, setup);
  {
    auto load = begin_load(fleet, setup);
    std::this_thread::sleep_for(load_before);
  }
  ValidationArm arm;
  arm.name = plan.name;
  arm.description = plan.description;
  arm.deployment = deploy(fleet, setup);

  auto load = begin_load(fleet, setup);
  const auto first_part = std::chrono::milliseconds(first_reads * 1'000 / setup.reads_per_second);
  const auto begin = Clock::now();
  std::this_thread::sleep_until(begin + first_part);
  arm.first.database_reads = database_reads(fleet.database_url());
  std::this_thread::sleep_until(begin + setup.run);
  const auto reads = load.finish();
  const auto all_database_reads = database_reads(fleet.database_url());
  if (reads.size() < 2 * first_reads) throw std::runtime_error("The load made hardly any reads");

  const std::span all(reads);
  auto first = figures_of(all.first(first_reads));
  first.database_reads = arm.first.database_reads;
  arm.first = first;
  arm.rest = figures_of(all.subspan(first_reads));
  arm.rest.database_reads = all_database_reads - first.database_reads;
  arm.history = checks::HitRateHistory(std::chrono::milliseconds(0), setup.run);
  for (const auto& read : reads) {
    if (read.answered) arm.history.count(read.sent - reads.front().sent, read.hit);
  }
  std::fprintf(stderr, "%s: done\n", plan.name.c_str());
  return arm;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream stream(path);
  stream << text;
  if (!stream.flush()) throw std::runtime_error("cannot write " + path.string());
}

void run(const Options& options) {
  auto setup = usual_setup;
  if (options.quick) setup.run = std::chrono::seconds(5);
  setup.machine = machine_text();
  std::vector<ValidationArm> arms;
  for (const auto& plan : plans()) arms.push_back(measure(plan, setup));
  // A quick look must not take the place of the measurement.
  const auto folder = options.quick ? std::filesystem::temp_directory_path()
                                    : std::filesystem::path(HEARTH_DOCS_FOLDER);
  const std::string plot_file = "validation-hit-rate.svg";
  const auto document = validation_document(setup, arms, plot_file);
  write_file(folder / plot_file, validation_plot(setup, arms));
  write_file(folder / "validation.md", document);
  std::printf("%s\nwritten: %s\n", document.c_str(), (folder / "validation.md").c_str());
  write_results("validate", validation_json(arms));
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::run);
}
