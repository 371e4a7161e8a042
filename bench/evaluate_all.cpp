// What it costs to evaluate all flags of an environment for a user, beside nginx sending as many
// bytes from a file.
#include <boost/json/array.hpp>

#include <cstdio>
#include <exception>
#include <vector>

#include "bench/contest.hpp"
#include "bench/contest_plot.hpp"
#include "bench/contest_table.hpp"
#include "bench/database_reads.hpp"
#include "bench/hearth_on_servers.hpp"
#include "bench/nginx_reference.hpp"
#include "bench/options.hpp"
#include "bench/results_file.hpp"

namespace hearth::bench {
namespace {

constexpr auto target = "/api/config/flags?userId=user-1";

struct Size {
  std::size_t flags;
  std::size_t connections;
};
constexpr Size sizes[] = {{20, 64}, {1'000, 64}, {10'000, 8}};

std::uint64_t requests_of(const Standing& standing) {
  std::uint64_t requests = 0;
  for (const auto& round : standing.rounds) requests += round.requests;
  return requests;
}

ContestReport measure_size(const Size& size, const Options& options) {
  HearthOnServers servers(size.flags, {});
  const auto answer = servers.hearth().request("GET", target);
  const NginxReference nginx(
      {.body = answer.body, .content_type = answer.header("Content-Type"), .cache_header = "none"});
  const Load load{.targets = {target}, .connections = size.connections, .duration = options.round};
  const Contender contenders[] = {
      {"hearth", servers.hearth().pid(), servers.hearth().port(), load},
      {"nginx", nginx.pid(), nginx.port(), load},
  };
  const auto before = database_reads(servers.database_url());
  ContestReport report;
  report.scenario = "evaluate-all";
  report.title = std::to_string(size.flags) + " flags; " + std::to_string(size.connections) +
                 " connections, 1 thread";
  report.standings = contest(contenders, options.rounds);
  const auto queries = (database_reads(servers.database_url()) - before).for_flags;
  const auto answered = requests_of(report.standings.front());
  report.notes = {"The body has " + std::to_string(answer.body.size()) + " bytes.",
                  "The database was asked " + std::to_string(queries) + " times for " +
                      std::to_string(answered) + " requests (and some more to warm up)."};
  print_contest(report);
  return report;
}

void run(const Options& options) {
  std::vector<ContestReport> reports;
  boost::json::array all;
  for (const auto& size : sizes) {
    reports.push_back(measure_size(size, options));
    auto results = contest_json(reports.back());
    results["flags"] = size.flags;
    all.push_back(std::move(results));
  }
  write_results("evaluate-all", {{"sizes", std::move(all)}});
  write_contest_plot(reports);
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::run);
}
