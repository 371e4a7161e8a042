// The first seconds after a deployment that empties the cache: hearth, which is warmed by the
// deployment's hook, beside the same hearth without warming, which is lazy caching.
#include <cstdio>
#include <exception>
#include <random>

#include "bench/contest.hpp"
#include "bench/contest_plot.hpp"
#include "bench/contest_table.hpp"
#include "bench/database_reads.hpp"
#include "bench/hearth_on_servers.hpp"
#include "bench/options.hpp"
#include "bench/results_file.hpp"
#include "bench/stored_flags.hpp"
#include "checks/zipf.hpp"

namespace hearth::bench {
namespace {

constexpr std::size_t flags = 10'000;
constexpr std::size_t reads_of_a_turn = 50'000;  // then the same ones again

/// What one side has been asked for in all rounds, and what it asked its database.
struct Side {
  HearthOnServers servers;
  bool is_warmed = false;
  Standing standing;
  LookupCounts lookups{};
  std::uint64_t database_reads = 0;
};

std::vector<std::string> zipf_targets() {
  const checks::Zipf popularity(flags, 1.0);
  std::mt19937_64 random(1);
  std::vector<std::string> targets;
  for (std::size_t i = 0; i < reads_of_a_turn; ++i) {
    targets.push_back(flag_target(popularity.choose(random)));
  }
  return targets;
}

void measure_round(Side& side, const Load& load) {
  const auto lookups = side.servers.lookups();
  side.servers.flush_flags();
  const auto reads = database_reads(side.servers.database_url());
  if (side.is_warmed) side.servers.warm();
  auto& hearth = side.servers.hearth();
  side.standing.rounds.push_back(measure({side.standing.name, hearth.pid(), hearth.port(), load}));
  side.database_reads += (database_reads(side.servers.database_url()) - reads).for_flags;
  for (const auto& [part, count] : growth(lookups, side.servers.lookups())) {
    side.lookups[part] += count;
  }
}

double hit_rate(const LookupCounts& lookups) {
  double all = 0;
  for (const auto& [part, count] : lookups) all += static_cast<double>(count);
  return static_cast<double>(lookups.at("hit") + lookups.at("near")) / all;
}

std::string note_of(const Side& side) {
  char text[200];
  std::snprintf(text, sizeof text,
                "%s: hit rate %.3f %%, %llu times the database was asked for flags",
                side.standing.name.c_str(), 100 * hit_rate(side.lookups),
                static_cast<unsigned long long>(side.database_reads));
  return text;
}

void run(const Options& options) {
  const auto all = std::to_string(flags);
  Side warmed{{flags, {{"NEAR_CACHE_TTL_MS", "0"}, {"CACHE_WARMING_TOP_N", all}}},
              true,
              {"hearth, warmed", {}}};
  Side lazy{{flags, {{"NEAR_CACHE_TTL_MS", "0"}, {"CACHE_WARMING_ENABLED", "false"}}},
            false,
            {"lazy caching", {}}};
  const Load load{.targets = zipf_targets(), .duration = options.round};
  for (std::size_t round = 0; round < options.rounds; ++round) {
    measure_round(round % 2 == 0 ? warmed : lazy, load);
    measure_round(round % 2 == 0 ? lazy : warmed, load);
    std::fprintf(stderr, "round %zu of %zu: done\n", round + 1, options.rounds);
  }
  ContestReport report;
  report.scenario = "read-lazy";
  report.title = all + " flags by Zipf's law from Redis, the first " +
                 std::to_string(options.round.count()) + " s after it was emptied";
  report.notes = {note_of(warmed), note_of(lazy),
                  "Lazy caching is hearth without warming: its misses share queries."};
  report.standings = {std::move(warmed.standing), std::move(lazy.standing)};
  print_contest(report);
  auto results = contest_json(report);
  results["hitRate"] = {{"warmed", hit_rate(warmed.lookups)}, {"lazy", hit_rate(lazy.lookups)}};
  results["databaseReads"] = {{"warmed", warmed.database_reads}, {"lazy", lazy.database_reads}};
  write_results(report.scenario, std::move(results));
  write_contest_plot({report});
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::run);
}
