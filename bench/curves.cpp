// How costs grow: those of a read with the number of flags, with the load and with threads, and
// those of doing nothing with the number of processes.
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "bench/contest.hpp"
#include "bench/cost_curve.hpp"
#include "bench/hearth_on_servers.hpp"
#include "bench/idle_fleet.hpp"
#include "bench/line_chart.hpp"
#include "bench/nginx_reference.hpp"
#include "bench/options.hpp"
#include "bench/process_memory.hpp"
#include "bench/results_file.hpp"
#include "bench/server_counts.hpp"

namespace hearth::bench {
namespace {

const std::string near_name = "hearth, copies of its own";
const std::string redis_name = "hearth, from Redis";
const std::string nginx_name = "nginx return 200";
const std::string memory_figure = "memory, MiB";
const std::string near_share_figure = "answered from own copies, %";
const std::string idle_time_figure = "processor time, ms each second";
const std::string idle_count_figure = "commands each second";

constexpr std::size_t usual_flags = 1'000;
constexpr std::size_t usual_connections = 64;
constexpr double bytes_of_a_mib = 1024.0 * 1024.0;

/// At which steps to measure, and for how long.
struct Plan {
  std::vector<std::size_t> flags{100, 1'000, 10'000, 100'000};
  std::vector<std::size_t> connections{1, 4, 16, 64, 256};
  std::vector<std::size_t> pipelined{1, 4, 16};
  std::vector<std::size_t> threads{1, 2};
  std::vector<std::size_t> processes{1, 4, 16};
  std::size_t rounds = 3;
  std::chrono::seconds round{2};
  std::chrono::seconds idle_look{5};
};

Plan plan_of(const Options& options) {
  Plan plan;
  if (!options.quick) return plan;
  plan.flags = {100, 10'000};
  plan.connections = {1, 64};
  plan.pipelined = {1, 16};
  plan.processes = {1, 4};
  plan.rounds = 1;
  plan.round = std::chrono::seconds(1);
  plan.idle_look = std::chrono::seconds(2);
  return plan;
}

test_support::Environment settings_of(std::size_t flags, std::size_t threads) {
  return {{"CACHE_WARMING_TOP_N", std::to_string(flags)}, {"THREADS", std::to_string(threads)}};
}

test_support::Environment without_own_copies(test_support::Environment settings) {
  settings["NEAR_CACHE_TTL_MS"] = "0";
  return settings;
}

/// hearth twice, with servers of its own each: as it comes, and without copies of its own.
struct Pair {
  HearthOnServers near;
  HearthOnServers redis;

  explicit Pair(std::size_t flags, std::size_t threads = 1)
      : near(flags, settings_of(flags, threads)),
        redis(flags, without_own_copies(settings_of(flags, threads))) {
    near.warm();
    redis.warm();
  }

  [[nodiscard]] std::vector<Contender> contenders(const Load& load) {
    return {{near_name, near.hearth().pid(), near.hearth().port(), load},
            {redis_name, redis.hearth().pid(), redis.hearth().port(), load}};
  }
};

NginxReference nginx_like(HearthOnServers& servers) {
  const auto answer = servers.hearth().request("GET", flag_target(0));
  return NginxReference(
      {.body = answer.body, .content_type = answer.header("Content-Type"), .cache_header = "near"});
}

/// Each flag once, in an order without any.
std::vector<std::string> shuffled_targets(std::size_t flags) {
  std::vector<std::string> targets;
  for (std::size_t i = 0; i < flags; ++i) targets.push_back(flag_target(i));
  std::mt19937_64 random(1);
  std::ranges::shuffle(targets, random);
  return targets;
}

double near_percent(const LookupCounts& counts) {
  double all = 0;
  for (const auto& [part, count] : counts) all += static_cast<double>(count);
  const auto near = counts.find("near");
  return near == counts.end() || all == 0 ? 0 : 100 * static_cast<double>(near->second) / all;
}

double redis_memory_mib(const test_support::RedisServer& redis) {
  const auto bytes = redis_figure(redis.command({"INFO", "memory"}).text, "used_memory");
  return static_cast<double>(bytes) / bytes_of_a_mib;
}

CostCurve grow_flags(const Plan& plan) {
  CostCurve curve{"flags", "flags, asked for in turn"};
  for (const auto flags : plan.flags) {
    Pair pair(flags);
    const auto nginx = nginx_like(pair.near);
    const Load load{.targets = shuffled_targets(flags), .duration = plan.round};
    auto contenders = pair.contenders(load);
    contenders.push_back({nginx_name, nginx.pid(), nginx.port(), load});
    const auto near_before = pair.near.lookups();
    const auto redis_before = pair.redis.lookups();
    const auto standings = contest(contenders, plan.rounds);
    expect_answered_by("hit", growth(redis_before, pair.redis.lookups()));
    curve.begin_step(static_cast<double>(flags));
    curve.record(standings);
    curve.record_latency(standings);
    curve.record(near_share_figure, near_name,
                 once(near_percent(growth(near_before, pair.near.lookups()))));
    curve.record(memory_figure, near_name, once(anonymous_memory_mib(pair.near.hearth().pid())));
    curve.record(memory_figure, redis_name, once(anonymous_memory_mib(pair.redis.hearth().pid())));
    curve.record(memory_figure, "Redis itself", once(redis_memory_mib(pair.redis.redis())));
  }
  return curve;
}

/// Whether what wrk says of latencies means anything (see Load::pipelined).
enum class Latencies { recorded, meaningless };

/// One flag, asked for in as many ways as there are steps; `shape` makes a load of a step.
CostCurve grow_load(const Plan& plan, CostCurve curve, const std::vector<std::size_t>& steps,
                    Latencies latencies, void (*shape)(Load&, std::size_t)) {
  Pair pair(usual_flags);
  const auto nginx = nginx_like(pair.near);
  for (const auto step : steps) {
    Load load{.targets = {flag_target(0)}, .duration = plan.round};
    shape(load, step);
    auto contenders = pair.contenders(load);
    contenders.push_back({nginx_name, nginx.pid(), nginx.port(), load});
    curve.begin_step(static_cast<double>(step));
    const auto standings = contest(contenders, plan.rounds);
    curve.record(standings);
    if (latencies == Latencies::recorded) curve.record_latency(standings);
  }
  expect_answered_by("near", pair.near.lookups());
  expect_answered_by("hit", pair.redis.lookups());
  return curve;
}

CostCurve grow_connections(const Plan& plan) {
  return grow_load(plan, {"connections", "connections, one request at a time on each"},
                   plan.connections, Latencies::recorded,
                   [](Load& load, std::size_t step) { load.connections = step; });
}

CostCurve grow_pipelining(const Plan& plan) {
  return grow_load(plan, {"pipelining", "requests sent at once on each of 64 connections"},
                   plan.pipelined, Latencies::meaningless, [](Load& load, std::size_t step) {
                     load.connections = usual_connections;
                     load.pipelined = step;
                   });
}

CostCurve grow_threads(const Plan& plan) {
  CostCurve curve{"threads", "threads that serve"};
  for (const auto threads : plan.threads) {
    Pair pair(usual_flags, threads);
    const Load load{.targets = {flag_target(0)}, .duration = plan.round};
    curve.begin_step(static_cast<double>(threads));
    const auto standings = contest(pair.contenders(load), plan.rounds);
    curve.record(standings);
    curve.record_latency(standings);
    expect_answered_by("near", pair.near.lookups());
    expect_answered_by("hit", pair.redis.lookups());
  }
  return curve;
}

CostCurve grow_processes(const Plan& plan) {
  CostCurve curve{"processes", "processes that nobody asks anything"};
  for (const auto processes : plan.processes) {
    const auto idle = look_at_idle_fleet(processes, plan.rounds, plan.idle_look);
    curve.begin_step(static_cast<double>(processes));
    curve.record(idle_time_figure, "each of the processes", idle.process_ms);
    curve.record(idle_time_figure, "PostgreSQL", idle.postgres_ms);
    curve.record(idle_time_figure, "Redis", idle.redis_ms);
    curve.record(idle_count_figure, "statements of PostgreSQL", idle.statements);
    curve.record(idle_count_figure, "commands of Redis", idle.redis_commands);
    std::fprintf(stderr, "%zu idle: done\n", processes);
  }
  return curve;
}

/// A panel's title tells less than its figure's name where two curves have the same figure.
LinePanel panel(const CostCurve& curve, const std::string& figure, const std::string& title) {
  auto panel = curve_panel(curve, figure);
  panel.title = title;
  return panel;
}

void run(const Options& options) {
  const auto plan = plan_of(options);
  const auto load_before = machine_json().at("loadAverage").to_number<double>();
  const auto shown = [](CostCurve curve) {
    print_curve(curve);
    return curve;
  };
  const CostCurve curves[] = {shown(grow_flags(plan)), shown(grow_connections(plan)),
                              shown(grow_pipelining(plan)), shown(grow_threads(plan)),
                              shown(grow_processes(plan))};
  boost::json::array all;
  for (const auto& curve : curves) all.push_back(curve_json(curve));
  const auto& [flags, connections, pipelining, threads, processes] = curves;
  const auto svg = line_chart(
      {panel(flags, processor_figure, "flags: CPU us a request"),
       panel(flags, memory_figure, "flags: memory, MiB"),
       panel(connections, processor_figure, "connections: CPU us a request"),
       panel(connections, rate_figure, "connections: requests/s"),
       panel(pipelining, processor_figure, "pipelining: CPU us a request"),
       panel(pipelining, rate_figure, "pipelining: requests/s"),
       panel(processes, idle_time_figure, "nobody asks: CPU ms each second"),
       panel(processes, idle_count_figure, "nobody asks: commands each second")},
      "Medians of " + std::to_string(plan.rounds) + " rounds, with the least and the most. " +
          machine_text() + " (before: " + fmt::format("{:.1f}", load_before) + ").");
  std::printf("\n%s (before: %.1f)\n", machine_text().c_str(), load_before);
  write_results("curves", {{"rounds", plan.rounds},
                           {"loadAverageBefore", load_before},
                           {"roundSeconds", plan.round.count()},
                           {"curves", std::move(all)}});
  write_plot("curves", svg);
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::run);
}
