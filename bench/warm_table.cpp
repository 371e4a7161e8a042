#include "bench/warm_table.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/bar_chart.hpp"
#include "bench/statistics.hpp"

namespace hearth::bench {
namespace {

namespace json = boost::json;

std::vector<double> collect(std::span<const RunTimes> runs, double RunTimes::* member) {
  std::vector<double> values;
  for (const auto& run : runs) values.push_back(run.*member);
  return values;
}

/// What the table and the file say of a scenario.
struct Summary {
  std::size_t runs = 0;
  double total_median_ms = 0;
  double total_p99_ms = 0;
  double query_median_ms = 0;
  double pipeline_median_ms = 0;
  double writes_per_second = 0;
  double reference_per_second = 0;  ///< median of the rounds
  std::vector<double> ratios;       ///< of each round
};

double writes_per_second(std::size_t flags, std::span<const RunTimes> runs) {
  return static_cast<double>(flags) * 1000 / median(collect(runs, &RunTimes::pipeline));
}

Summary summary_of(const Scenario& scenario) {
  std::vector<RunTimes> runs;
  std::vector<double> references;
  Summary summary;
  for (const auto& round : scenario.rounds) {
    runs.insert(runs.end(), round.runs.begin(), round.runs.end());
    references.push_back(round.reference_setex_per_second);
    summary.ratios.push_back(writes_per_second(scenario.flags, round.runs) / references.back());
  }
  summary.runs = runs.size();
  summary.total_median_ms = median(collect(runs, &RunTimes::total));
  summary.total_p99_ms = percentile(collect(runs, &RunTimes::total), 0.99);
  summary.query_median_ms = median(collect(runs, &RunTimes::query));
  summary.pipeline_median_ms = median(collect(runs, &RunTimes::pipeline));
  summary.writes_per_second = writes_per_second(scenario.flags, runs);
  summary.reference_per_second = median(references);
  return summary;
}

const char* verdict(bool within) { return within ? "within" : "MISSED"; }

void print_budgets(const Scenario& scenario, const Summary& summary) {
  std::printf("%7zu flags: fenced writes >= 0.5 x redis-benchmark: %s (%.2f)\n", scenario.flags,
              verdict(median(summary.ratios) >= 0.5), median(summary.ratios));
  if (scenario.flags == 20) {
    std::printf("%15s median < 1 ms, p99 < 3 ms: %s (%.3f, %.3f)\n", "",
                verdict(summary.total_median_ms < 1 && summary.total_p99_ms < 3),
                summary.total_median_ms, summary.total_p99_ms);
  }
  if (scenario.flags == 100'000) {
    std::printf("%15s < 600 ms: %s (%.0f)\n", "", verdict(summary.total_median_ms < 600),
                summary.total_median_ms);
    std::printf("%15s memory growth < 32 MiB: %s (%.1f)\n", "",
                verdict(scenario.memory_growth_mib < 32), scenario.memory_growth_mib);
  }
}

}  // namespace

void print_table(std::span<const Scenario> scenarios) {
  double load = 0;  // whoever else computes at the same time makes all figures worse
  if (getloadavg(&load, 1) != 1) load = 0;
  std::printf(
      "\nWarm runs, PostgreSQL to Redis, both over TCP on loopback; ms; load average %.1f\n\n",
      load);
  std::printf("%7s %5s %9s %9s %9s %9s %9s %10s  %s\n", "flags", "runs", "median", "p99", "query",
              "pipeline", "writes/s", "SETEX/s*", "ratio (min-max)");
  for (const auto& scenario : scenarios) {
    const auto summary = summary_of(scenario);
    const auto [least, most] = std::ranges::minmax(summary.ratios);
    std::printf("%7zu %5zu %9.3f %9.3f %9.3f %9.3f %9.0f %10.0f  %.2f (%.2f-%.2f)\n",
                scenario.flags, summary.runs, summary.total_median_ms, summary.total_p99_ms,
                summary.query_median_ms, summary.pipeline_median_ms, summary.writes_per_second,
                summary.reference_per_second, median(summary.ratios), least, most);
  }
  std::printf("* redis-benchmark -c 1 -P min(flags,500), values of the same size, in turns\n\n");
  for (const auto& scenario : scenarios) {
    print_budgets(scenario, summary_of(scenario));
    std::printf("%15s first run %.1f ms, memory growth %.1f MiB\n", "", scenario.first_run_ms,
                scenario.memory_growth_mib);
  }
}

json::object warm_json(std::span<const Scenario> scenarios) {
  json::array all;
  for (const auto& scenario : scenarios) {
    const auto summary = summary_of(scenario);
    all.push_back(json::object{
        {"flags", scenario.flags},
        {"runs", summary.runs},
        {"totalMedianMs", summary.total_median_ms},
        {"totalP99Ms", summary.total_p99_ms},
        {"queryMedianMs", summary.query_median_ms},
        {"pipelineMedianMs", summary.pipeline_median_ms},
        {"fencedWritesPerSecond", summary.writes_per_second},
        {"redisBenchmarkSetexPerSecond", summary.reference_per_second},
        {"ratio", median(summary.ratios)},
        {"ratioOfEachRound", json::array(summary.ratios.begin(), summary.ratios.end())},
        {"firstRunMs", scenario.first_run_ms},
        {"memoryGrowthMib", scenario.memory_growth_mib}});
  }
  return {{"warm", std::move(all)}};
}

std::string warm_plot(std::span<const Scenario> scenarios, const std::string& machine) {
  BarPanel speed{"flags written to Redis in a second", {}, 2};
  BarPanel time{"a flag's share of the run, from asking to the report, us", {}};
  for (const auto& scenario : scenarios) {
    std::vector<double> fenced;
    std::vector<double> plain;
    std::vector<double> shares;
    for (const auto& round : scenario.rounds) {
      fenced.push_back(writes_per_second(scenario.flags, round.runs));
      plain.push_back(round.reference_setex_per_second);
      shares.push_back(median(collect(round.runs, &RunTimes::total)) * 1000 /
                       static_cast<double>(scenario.flags));
    }
    const auto flags = std::to_string(scenario.flags);
    speed.bars.push_back({flags + " flags, fenced", spread_of(fenced)});
    speed.bars.push_back({"redis-benchmark SETEX", spread_of(plain)});
    time.bars.push_back({flags + " flags", spread_of(shares)});
  }
  return bar_chart("warm: warm runs from PostgreSQL to Redis", {speed, time},
                   "Medians of the rounds, with the least and the most. " + machine + ".");
}

}  // namespace hearth::bench
