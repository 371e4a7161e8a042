// What it costs to evaluate all flags of an environment for a user: in full, packed (gzip), and
// when the client has them already (304). Beside it nginx, which sends as many bytes from a file.
#include <boost/json/array.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
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

/// A contender that is answered in full after all would not be what its name says.
void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error("hearth does not answer " + what);
}

ContestReport measure_size(const Size& size, const Options& options) {
  HearthOnServers servers(size.flags, {});
  const auto answer = servers.hearth().request("GET", target);
  const NginxReference nginx(
      {.body = answer.body, .content_type = answer.header("Content-Type"), .cache_header = "none"});
  const Load load{.targets = {target}, .connections = size.connections, .duration = options.round};
  auto packed = load;
  packed.headers = {"Accept-Encoding: gzip"};
  const auto in_gzip = servers.hearth().request("GET", target, {{"Accept-Encoding", "gzip"}});
  expect(size.flags < 100 || in_gzip.header("Content-Encoding") == "gzip", "in gzip");
  auto unchanged = load;
  const auto tag = answer.header("ETag");
  unchanged.headers = {"If-None-Match: " + tag};
  expect(servers.hearth().request("GET", target, {{"If-None-Match", tag}}).status == 304, "304");
  const auto process = servers.hearth().pid();
  const auto port = servers.hearth().port();
  const Contender contenders[] = {
      {"hearth", process, port, load},
      {"hearth, gzip", process, port, packed},
      {"hearth, unchanged: 304", process, port, unchanged},
      {"nginx", nginx.pid(), nginx.port(), load},
  };
  const auto before = database_reads(servers.database_url());
  ContestReport report;
  report.scenario = "evaluate-all";
  report.title = std::to_string(size.flags) + " flags; " + std::to_string(size.connections) +
                 " connections, 1 thread";
  report.standings = contest(contenders, options.rounds);
  const auto queries = (database_reads(servers.database_url()) - before).for_flags;
  std::uint64_t answered = 0;
  for (const auto& standing : report.standings) answered += requests_of(standing);
  answered -= requests_of(report.standings.back());  // nginx asks no database
  report.notes = {"The body has " + std::to_string(answer.body.size()) + " bytes, " +
                      std::to_string(in_gzip.body.size()) + " if gzip is asked for.",
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
