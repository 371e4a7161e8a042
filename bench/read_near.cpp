// What a read costs that hearth answers from its own copy, beside nginx answering the same bytes.
#include <cstdio>
#include <exception>

#include "bench/contest.hpp"
#include "bench/contest_plot.hpp"
#include "bench/contest_table.hpp"
#include "bench/hearth_on_servers.hpp"
#include "bench/nginx_reference.hpp"
#include "bench/options.hpp"
#include "bench/results_file.hpp"

namespace hearth::bench {
namespace {

constexpr std::size_t flags = 1'000;

void run(const Options& options) {
  HearthOnServers servers(flags, {});
  const auto target = flag_target(0);
  const auto answer = servers.hearth().request("GET", target);
  const NginxReference nginx(
      {.body = answer.body, .content_type = answer.header("Content-Type"), .cache_header = "near"});
  const Load load{.targets = {target}, .duration = options.round};
  const Contender contenders[] = {
      {"hearth", servers.hearth().pid(), servers.hearth().port(), load},
      {"nginx return 200", nginx.pid(), nginx.port(), load},
  };
  const auto before = servers.lookups();
  ContestReport report;
  report.scenario = "read-near";
  report.title = "one flag, answered from hearth's own copy; 64 connections, 1 thread";
  report.standings = contest(contenders, options.rounds);
  expect_answered_by("near", growth(before, servers.lookups()));
  report.budgets = {{"nginx return 200", 1.0}};
  report.notes = {"The body has " + std::to_string(answer.body.size()) + " bytes."};
  print_contest(report);
  write_results(report.scenario, contest_json(report));
  write_contest_plot({report});
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::run);
}
