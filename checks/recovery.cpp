// How fast the hit rate comes back after Redis has lost everything, under a steady load, beside
// what a cache does that only fills itself and one that is warmed by the clock.
// `hearth_check_recovery --help`.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "checks/fleet_bench.hpp"
#include "checks/recovery_load.hpp"
#include "checks/svg_plot.hpp"

namespace hearth::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int exit_wrong_use = 2;
constexpr std::size_t flags = 1'000;
constexpr auto near_cache_setting = "NEAR_CACHE_TTL_MS";
constexpr seconds before{2};
constexpr milliseconds redis_is_away{500};
constexpr milliseconds budget_after_flush{1'000};
// A process looks for a server that went away within a second or two of its return.
constexpr milliseconds budget_after_restart{3'000};

enum class Event { flush, restart };
enum class Kind { lazy, scheduled, hearth };

struct Options {
  std::size_t processes = 2;
  int seconds = 8;
  int warm_up_seconds = 6;
  int database_delay_ms = 3;
  std::size_t top_n = 20;
  RecoveryLoad::Options load;
  std::string svg;
  std::string story_program;
  bool lenient_times = false;
};

struct Result {
  Event event{};
  Kind kind{};
  std::string name;
  HitRateHistory history{milliseconds(0), milliseconds(0)};
  std::uint64_t failed = 0;
  std::string failure;
};

std::string words_of(Event event) {
  return event == Event::flush ? "FLUSHALL" : "Redis killed, back without data after 0.5 s";
}

/// The program of the story's warming: at the start and by the clock, not when Redis lost all.
std::vector<std::string> story_program(const Options& options) {
  if (!options.story_program.empty()) {
    return {std::filesystem::absolute(options.story_program).string()};
  }
  const auto weakened = test_support::hearth_binary().parent_path() / "hearth_weakened";
  if (!std::filesystem::exists(weakened)) return {};
  return {weakened.string(), "--without", "recovery"};
}

FleetBenchOptions bench_options(const Options& options, Kind kind) {
  FleetBenchOptions bench;
  bench.flags = flags;
  bench.settings = {{"CACHE_WARMING_TOP_N", std::to_string(options.top_n)},
                    {"ACCESS_FLUSH_SECONDS", "1"}};
  if (kind == Kind::hearth) return bench;
  if (knows_setting(near_cache_setting)) bench.settings[near_cache_setting] = "0";
  if (kind == Kind::lazy) bench.settings["CACHE_WARMING_ENABLED"] = "false";
  bench.program = story_program(options);
  return bench;
}

std::string name_of(Kind kind) {
  switch (kind) {
    case Kind::lazy: return "lazy only";
    case Kind::scheduled: return "warmed by the clock";
    case Kind::hearth: return "hearth";
  }
  return {};
}

Result measure(const Options& options, Event event, Kind kind) {
  FleetBench fleet(bench_options(options, kind));
  for (std::size_t i = 0; i < options.processes; ++i) {
    fleet.add_member();
    fleet.members().back()->database_gate.set_delay(milliseconds(options.database_delay_ms));
  }
  RecoveryLoad load(fleet, options.load);
  std::this_thread::sleep_for(seconds(options.warm_up_seconds));
  const auto time = Clock::now();
  if (event == Event::flush) {
    fleet.redis.run({"FLUSHALL"});
  } else {
    fleet.redis.kill();
    std::this_thread::sleep_for(redis_is_away);
    fleet.redis.start();
  }
  const auto after = seconds(options.seconds);
  std::this_thread::sleep_until(time + after);
  load.stop();
  return {event,         kind,          name_of(kind), load.around(time, before, after),
          load.failed(), load.failure()};
}

std::string time_text(std::optional<milliseconds> time) {
  return time ? fmt::format("{:.1f} s", std::chrono::duration<double>(*time).count()) : "never";
}

/// A column for each kind, a row for each 100 ms at first and each second later.
void print(const Options& options, Event event, const std::vector<Result>& results) {
  std::cout << "\n" << words_of(event) << " at 0 s; hit rate in percent\n\n";
  std::cout << fmt::format("{:>12}", "from s");
  for (const auto& result : results) std::cout << fmt::format(" {:>20}", result.name);
  std::cout << "\n";
  const auto& first = results.front().history;
  constexpr std::size_t fine = 20;  // intervals after the event that are shown one by one
  const auto begin = static_cast<std::size_t>(before / HitRateHistory::interval);
  std::size_t width = 5;
  for (std::size_t i = begin - 5; i < first.intervals().size(); i += width) {
    width = i < begin ? 5 : i < begin + fine ? 1 : 10;
    std::cout << fmt::format("{:>12.1f}", std::chrono::duration<double>(first.start_of(i)).count());
    for (const auto& result : results) {
      HitRateHistory::Counts sum;
      const auto& intervals = result.history.intervals();
      for (std::size_t k = i; k < std::min(i + width, intervals.size()); ++k) {
        sum.hits += intervals[k].hits;
        sum.misses += intervals[k].misses;
      }
      const auto rate = sum.rate();
      std::cout << (rate ? fmt::format(" {:>20.1f}", 100 * *rate) : fmt::format(" {:>20}", "-"));
    }
    std::cout << "\n";
  }
  for (const double share : {0.95, 0.99}) {
    std::cout << fmt::format("{:>12}", fmt::format("back to {:.0f} %", 100 * share));
    for (const auto& result : results) {
      std::cout << fmt::format(" {:>20}", time_text(result.history.time_back_to(share)));
    }
    std::cout << "\n";
  }
  std::cout << fmt::format("{:>12}", "failed");
  for (const auto& result : results) std::cout << fmt::format(" {:>20}", result.failed);
  std::cout << fmt::format("\n  {} reads/s, database {} ms away (round trip)\n",
                           options.load.reads_per_second, 2 * options.database_delay_ms)
            << std::flush;
}

Panel panel_of(Event event, const std::vector<Result>& results) {
  Panel panel{words_of(event), {}};
  for (const auto& result : results) {
    Curve curve{result.name, {}};
    const auto& intervals = result.history.intervals();
    for (std::size_t i = 0; i < intervals.size(); ++i) {
      const auto middle = result.history.start_of(i) + HitRateHistory::interval / 2;
      if (const auto rate = intervals[i].rate()) {
        curve.points.emplace_back(std::chrono::duration<double>(middle).count(), 100 * *rate);
      }
    }
    panel.curves.push_back(std::move(curve));
  }
  return panel;
}

std::vector<std::string> shortcomings(const Options& options, const std::vector<Result>& results) {
  std::vector<std::string> found;
  for (const auto& result : results) {
    if (result.kind != Kind::hearth) continue;
    const auto words = words_of(result.event);
    if (result.failed > 0) {
      found.push_back(fmt::format("{}: {} reads failed; {}", words, result.failed, result.failure));
    }
    const auto back = result.history.time_back_to(0.99);
    const auto limit =
        result.event == Event::flush ? budget_after_flush : redis_is_away + budget_after_restart;
    if (!options.lenient_times && (!back || *back > limit)) {
      found.push_back(fmt::format("{}: back to 99 % after {}, limit {}", words, time_text(back),
                                  time_text(limit)));
    }
    if (!back) found.push_back(words + ": the hit rate does not come back to 99 %");
  }
  return found;
}

bool check(const Options& options) {
  if (story_program(options).empty()) {
    std::cout << "There is no weakened hearth: the first two columns are this one, too.\n";
  }
  std::vector<Panel> panels;
  std::vector<std::string> wrong;
  for (const auto event : {Event::flush, Event::restart}) {
    std::vector<Result> results;
    for (const auto kind : {Kind::lazy, Kind::scheduled, Kind::hearth}) {
      results.push_back(measure(options, event, kind));
    }
    print(options, event, results);
    panels.push_back(panel_of(event, results));
    const auto found = shortcomings(options, results);
    wrong.insert(wrong.end(), found.begin(), found.end());
  }
  const auto title = fmt::format(
      "seconds since Redis lost everything ({} flags by Zipf's law, {} reads/s, database {} ms "
      "away)",
      flags, options.load.reads_per_second, 2 * options.database_delay_ms);
  std::ofstream(options.svg) << svg_plot(panels, -std::chrono::duration<double>(before).count(),
                                         options.seconds, title);
  std::cout << "\nplot: " << options.svg << "\n";
  for (const auto& what : wrong) std::cout << "FAILED: " << what << "\n";
  if (wrong.empty()) std::cout << "held: all that must\n";
  return wrong.empty();
}

int run(int argc, char** argv) {
  CLI::App app("Measures how the hit rate recovers after Redis has lost everything");
  Options options;
  options.svg = (test_support::hearth_binary().parent_path() / "recovery.svg").string();
  app.add_option("--processes", options.processes)->check(CLI::Range(1, 8))->capture_default_str();
  app.add_option("--seconds", options.seconds, "how long to look on after the loss")
      ->check(CLI::Range(2, 600))
      ->capture_default_str();
  app.add_option("--warm-up", options.warm_up_seconds, "seconds of load before the loss")
      ->check(CLI::Range(3, 600))
      ->capture_default_str();
  app.add_option("--database-delay", options.database_delay_ms, "milliseconds each way")
      ->check(CLI::Range(0, 1'000))
      ->capture_default_str();
  app.add_option("--top-n", options.top_n, "CACHE_WARMING_TOP_N")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--reads-per-second", options.load.reads_per_second)
      ->check(CLI::Range(10, 1'000'000))
      ->capture_default_str();
  app.add_option("--svg", options.svg, "where the plot goes")->capture_default_str();
  app.add_option("--story-program", options.story_program, "a hearth without recovery")
      ->check(CLI::ExistingFile);
  app.add_flag("--lenient-times", options.lenient_times, "tell times, do not judge them");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_wrong_use;
  }
  return check(options) ? 0 : 1;
}

}  // namespace
}  // namespace hearth::checks

int main(int argc, char** argv) {
  try {
    return hearth::checks::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "FAILED: " << error.what() << "\n";
    return 1;
  }
}
