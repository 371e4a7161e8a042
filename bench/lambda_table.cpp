#include "bench/lambda_table.hpp"

#include <cstdio>

#include "bench/bar_chart.hpp"
#include "bench/statistics.hpp"

namespace hearth::bench {
namespace {

namespace json = boost::json;

constexpr double init_budget_ms = 100;

void print_row(const Timings& timings) {
  std::printf("%-40s %5zu %9.2f %9.2f %9.2f %9.2f %9.2f\n", timings.name.c_str(), timings.ms.size(),
              percentile(timings.ms, 0), median(timings.ms), percentile(timings.ms, 0.9),
              percentile(timings.ms, 0.99), percentile(timings.ms, 1));
}

/// The median, round by round, of how many times longer `timings` took.
double ratio(const Timings& timings, const Timings& reference) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < timings.ms.size(); ++i) {
    ratios.push_back(timings.ms[i] / reference.ms.at(i));
  }
  return median(std::move(ratios));
}

json::object json_of(const Timings& timings) {
  return {{"starts", timings.ms.size()},           {"leastMs", percentile(timings.ms, 0)},
          {"medianMs", median(timings.ms)},        {"p90Ms", percentile(timings.ms, 0.9)},
          {"p99Ms", percentile(timings.ms, 0.99)}, {"mostMs", percentile(timings.ms, 1)}};
}

json::object json_of(const FunctionStarts& starts) {
  return {{"init", json_of(starts.init)},
          {"firstInvocation", json_of(starts.first)},
          {"secondInvocation", json_of(starts.second)},
          {"startsThatWarmed", starts.warmed},
          {"firstRequestsThatWereHits", starts.hits}};
}

}  // namespace

void print_table(const LambdaFigures& figures) {
  double load = 0;  // whoever else computes at the same time makes all figures worse
  if (getloadavg(&load, 1) != 1) load = 0;
  std::printf(
      "\nThe zip for AWS Lambda in an empty root; PostgreSQL and Redis over TCP on loopback, Redis "
      "empty at\neach start; ms; load average %.1f\n\n",
      load);
  std::printf("%-40s %5s %9s %9s %9s %9s %9s\n", "", "times", "least", "median", "p90", "p99",
              "most");
  for (const auto* starts : {&figures.warm, &figures.cold}) {
    for (const auto* timings : {&starts->init, &starts->first, &starts->second}) {
      print_row(*timings);
    }
  }
  for (const auto& reference : figures.references) print_row(reference);

  std::printf("\nStart with a warm run, times as long as (median of the rounds):");
  for (const auto& reference : figures.references) {
    std::printf(" %s %.1f;", reference.id.c_str(), ratio(figures.warm.init, reference));
  }
  const auto& warm = figures.warm;
  const auto starts = static_cast<int>(warm.init.ms.size());
  std::printf("\n\nstart with a warm run < %.0f ms: median %s, p99 %s\n", init_budget_ms,
              median(warm.init.ms) < init_budget_ms ? "within" : "MISSED",
              percentile(warm.init.ms, 0.99) < init_budget_ms ? "within" : "MISSED");
  std::printf(
      "first request is a hit: %s (%d of %d; %d starts had warmed; without a warm run %d)\n",
      warm.hits == starts ? "within" : "MISSED", warm.hits, starts, warm.warmed, figures.cold.hits);
}

json::object as_json(const LambdaFigures& figures) {
  json::object references;
  for (const auto& reference : figures.references) {
    auto entry = json_of(reference);
    entry["ratioOfInitWithWarmRun"] = ratio(figures.warm.init, reference);
    references[reference.id] = std::move(entry);
  }
  return {{"withWarmRun", json_of(figures.warm)},
          {"withoutWarmRun", json_of(figures.cold)},
          {"references", std::move(references)}};
}

std::string plot_of(const LambdaFigures& figures, const std::string& machine) {
  BarPanel starts{"from the start to asking for an event, ms", {}};
  BarPanel answers{"from an event to its answer, ms", {}};
  const auto add = [](BarPanel& panel, const std::string& name, const Timings& timings) {
    panel.bars.push_back({name, spread_of(timings.ms)});
  };
  add(starts, "with a warm run", figures.warm.init);
  add(starts, "without", figures.cold.init);
  for (const auto& reference : figures.references) add(starts, reference.id, reference);
  add(answers, "first, with a warm run", figures.warm.first);
  add(answers, "first, without", figures.cold.first);
  add(answers, "second, with a warm run", figures.warm.second);
  add(answers, "second, without", figures.cold.second);
  return bar_chart("lambda: cold starts of the function", {starts, answers},
                   "Medians of " + std::to_string(figures.warm.init.ms.size()) +
                       " starts, with the least and the most. " + machine + ".");
}

}  // namespace hearth::bench
