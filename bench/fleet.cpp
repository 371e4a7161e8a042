// A fleet that starts at once against an empty Redis: how soon it serves only hits, and what that
// costs the database, beside the same fleet with plain lazy caching.
#include <boost/json/array.hpp>

#include <array>
#include <cstdio>
#include <string>
#include <tuple>
#include <vector>

#include "bench/bar_chart.hpp"
#include "bench/fleet_start.hpp"
#include "bench/options.hpp"
#include "bench/results_file.hpp"
#include "bench/statistics.hpp"

namespace hearth::bench {
namespace {

/// One way of caching in a fleet of one size, and all its starts.
struct Arm {
  std::string name;
  FleetStartOptions options;
  std::vector<FleetStart> starts;

  template <typename Number>
  [[nodiscard]] Spread spread(Number FleetStart::* figure) const {
    std::vector<double> values;
    for (const auto& start : starts) values.push_back(static_cast<double>(start.*figure));
    return spread_of(values);
  }
};

/// The two ways for one size, lazy caching second.
using Size = std::array<Arm, 2>;

Size arms_of(std::size_t processes) {
  const FleetStartOptions warmed{.processes = processes};
  auto lazy = warmed;
  lazy.is_warmed = false;
  return {Arm{"warmed", warmed, {}}, Arm{"lazy caching", lazy, {}}};
}

Size measure(std::size_t processes, std::size_t rounds) {
  auto arms = arms_of(processes);
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t turn = 0; turn < arms.size(); ++turn) {
      auto& arm = arms[(round + turn) % arms.size()];
      arm.starts.push_back(start_fleet(arm.options));
    }
    std::fprintf(stderr, "%zu processes, round %zu of %zu: done\n", processes, round + 1, rounds);
  }
  return arms;
}

std::string range(const Spread& value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f (%.*f-%.*f)", decimals, value.median, decimals,
                value.least, decimals, value.most);
  return text;
}

void print_table(const std::vector<Size>& sizes) {
  std::printf("%9s %-14s %6s %20s %20s %18s %6s %20s\n", "processes", "", "starts", "all answer s",
              "only hits s", "misses", "bulk", "queries for flags");
  for (const auto& arms : sizes) {
    for (const auto& arm : arms) {
      std::printf("%9zu %-14s %6zu %20s %20s %18s %6.0f %20s\n", arm.options.processes,
                  arm.name.c_str(), arm.starts.size(),
                  range(arm.spread(&FleetStart::all_answer_seconds), 2).c_str(),
                  range(arm.spread(&FleetStart::only_hits_seconds), 2).c_str(),
                  range(arm.spread(&FleetStart::misses), 0).c_str(),
                  arm.spread(&FleetStart::bulk_queries).most,
                  range(arm.spread(&FleetStart::queries_for_flags), 0).c_str());
    }
  }
  std::printf(
      "\nTimes from the moment in which all processes are let go; clients ask each one as soon as "
      "it listens.\nbulk: queries of warm runs, the most of any start; queries by the database's "
      "own count.\nLazy caching is hearth without warming: its misses share queries.\n");
}

boost::json::object spread_json(const Spread& spread) {
  return {{"median", spread.median}, {"least", spread.least}, {"most", spread.most}};
}

boost::json::object arm_json(const Arm& arm) {
  return {{"name", arm.name},
          {"processes", arm.options.processes},
          {"starts", arm.starts.size()},
          {"allAnswerSeconds", spread_json(arm.spread(&FleetStart::all_answer_seconds))},
          {"onlyHitsSeconds", spread_json(arm.spread(&FleetStart::only_hits_seconds))},
          {"reads", spread_json(arm.spread(&FleetStart::reads))},
          {"misses", spread_json(arm.spread(&FleetStart::misses))},
          {"bulkQueries", spread_json(arm.spread(&FleetStart::bulk_queries))},
          {"queriesForFlags", spread_json(arm.spread(&FleetStart::queries_for_flags))}};
}

template <typename Number>
BarPanel panel_of(const std::vector<Size>& sizes, const std::string& title,
                  Number FleetStart::* figure) {
  BarPanel panel{title, {}, std::tuple_size_v<Size>};
  for (const auto& arms : sizes) {
    for (const auto& arm : arms) {
      panel.bars.push_back(
          {std::to_string(arm.options.processes) + ", " + arm.name, arm.spread(figure)});
    }
  }
  return panel;
}

void run(const Options& options) {
  const std::vector<std::size_t> processes =
      options.quick ? std::vector<std::size_t>{1, 4} : std::vector<std::size_t>{1, 10, 50};
  const std::size_t rounds = options.quick ? 1 : 3;
  std::vector<Size> sizes;
  for (const auto count : processes) sizes.push_back(measure(count, rounds));
  const FleetStartOptions usual;
  const auto title = "fleet: all processes start at once, an empty Redis, " +
                     std::to_string(usual.flags) + " flags, " +
                     std::to_string(usual.reads_per_second) + " reads/s";
  std::printf("\n%s\n\n", title.c_str());
  print_table(sizes);
  boost::json::array all;
  for (const auto& arms : sizes) {
    for (const auto& arm : arms) all.push_back(arm_json(arm));
  }
  write_results("fleet", {{"title", title}, {"fleets", std::move(all)}});
  write_plot("fleet",
             bar_chart(title,
                       {panel_of(sizes, "until every process serves only hits, s",
                                 &FleetStart::only_hits_seconds),
                        panel_of(sizes, "reads answered from the database", &FleetStart::misses),
                        panel_of(sizes, "queries for flags that the database saw",
                                 &FleetStart::queries_for_flags)},
                       "Medians of " + std::to_string(rounds) +
                           " starts, with the least and the most. " + machine_text() + "."));
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::run);
}
