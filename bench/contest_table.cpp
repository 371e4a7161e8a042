#include "bench/contest_table.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace hearth::bench {
namespace {

namespace json = boost::json;

const Standing& standing_of(const ContestReport& report, const std::string& name) {
  const auto found = std::ranges::find(report.standings, name, &Standing::name);
  if (found == report.standings.end()) throw std::runtime_error("No contender is named " + name);
  return *found;
}

json::object spread_json(const Spread& spread) {
  return {{"median", spread.median}, {"least", spread.least}, {"most", spread.most}};
}

}  // namespace

void print_contest(const ContestReport& report) {
  std::printf("\n%s: %s\n\n", report.scenario.c_str(), report.title.c_str());
  std::printf("%-22s %6s %11s %8s %8s %8s  %-28s %s\n", "", "rounds", "requests/s", "p50 ms",
              "p95 ms", "p99 ms", "CPU us/request (min-max)", "hearth's CPU to it (min-max)");
  const auto& hearth = report.standings.at(0);
  for (const auto& standing : report.standings) {
    const auto processor = spread_of(standing, &Measured::processor_us);
    const auto ratio = processor_ratio(hearth, standing);
    std::printf("%-22s %6zu %11.0f %8.3f %8.3f %8.3f  %6.2f (%.2f-%.2f)%12s %.3f (%.3f-%.3f)\n",
                standing.name.c_str(), standing.rounds.size(),
                spread_of(standing, &Measured::requests_per_second).median,
                spread_of(standing, &Measured::median_ms).median,
                spread_of(standing, &Measured::p95_ms).median,
                spread_of(standing, &Measured::p99_ms).median, processor.median, processor.least,
                processor.most, "", ratio.median, ratio.least, ratio.most);
  }
  std::printf("\n");
  for (const auto& budget : report.budgets) {
    const auto ratio = processor_ratio(hearth, standing_of(report, budget.reference));
    std::printf("CPU per request <= %.2f x %s: %s (%.3f)\n", budget.most, budget.reference.c_str(),
                ratio.median <= budget.most ? "within" : "MISSED", ratio.median);
  }
  for (const auto& note : report.notes) std::printf("%s\n", note.c_str());
}

json::object contest_json(const ContestReport& report) {
  json::array contenders;
  for (const auto& standing : report.standings) {
    contenders.push_back(json::object{
        {"name", standing.name},
        {"rounds", standing.rounds.size()},
        {"requestsPerSecond", spread_json(spread_of(standing, &Measured::requests_per_second))},
        {"p50Ms", spread_json(spread_of(standing, &Measured::median_ms))},
        {"p95Ms", spread_json(spread_of(standing, &Measured::p95_ms))},
        {"p99Ms", spread_json(spread_of(standing, &Measured::p99_ms))},
        {"processorUsPerRequest", spread_json(spread_of(standing, &Measured::processor_us))}});
  }
  json::array budgets;
  const auto& hearth = report.standings.at(0);
  for (const auto& budget : report.budgets) {
    const auto ratio = processor_ratio(hearth, standing_of(report, budget.reference));
    budgets.push_back(json::object{{"reference", budget.reference},
                                   {"most", budget.most},
                                   {"ratio", spread_json(ratio)},
                                   {"met", ratio.median <= budget.most}});
  }
  json::array notes(report.notes.begin(), report.notes.end());
  return {{"title", report.title},
          {"contenders", std::move(contenders)},
          {"budgets", std::move(budgets)},
          {"notes", std::move(notes)}};
}

}  // namespace hearth::bench
