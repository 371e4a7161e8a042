// What a read costs that hearth answers from Redis (its own copies switched off), beside nginx
// answering the same bytes, webdis answering a value of the same size from the same Redis, and the
// least that can stand between HTTP and Redis (relay.cpp).
#include <cstdio>
#include <exception>

#include "bench/contest.hpp"
#include "bench/contest_plot.hpp"
#include "bench/contest_table.hpp"
#include "bench/hearth_on_servers.hpp"
#include "bench/nginx_reference.hpp"
#include "bench/options.hpp"
#include "bench/relay_reference.hpp"
#include "bench/results_file.hpp"
#include "bench/stored_flags.hpp"
#include "bench/webdis_reference.hpp"

namespace hearth::bench {
namespace {

constexpr std::size_t flags = 1'000;
constexpr std::size_t webdis_redis_connections = 20;  // as webdis has by default
const std::string reference_key = "reference";

/// The answer as hearth sends it.
std::string message_with(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nX-Cache: hit\r\nConnection: keep-alive\r\n\r\n" + body;
}

void run(const Options& options) {
  HearthOnServers servers(flags, {{"NEAR_CACHE_TTL_MS", "0"}});
  const auto target = flag_target(0);
  const auto answer = servers.hearth().request("GET", target);
  const NginxReference nginx(
      {.body = answer.body, .content_type = answer.header("Content-Type"), .cache_header = "hit"});
  const auto value = servers.redis().command({"GET", redis_key(0)}).text;
  servers.redis().run({"SET", reference_key, value});
  const WebdisReference webdis(servers.redis().port(), webdis_redis_connections);
  const RelayReference relay(servers.redis().port(), reference_key, message_with(answer.body));

  const Load load{.targets = {target}, .duration = options.round};
  auto webdis_load = load;
  webdis_load.targets = {"/GET/" + reference_key + ".txt"};
  const Contender contenders[] = {
      {"hearth", servers.hearth().pid(), servers.hearth().port(), load},
      {"nginx return 200", nginx.pid(), nginx.port(), load},
      {"webdis", webdis.pid(), webdis.port(), webdis_load},
      {"relay", relay.pid(), relay.port(), load},
  };
  const auto before = servers.lookups();
  ContestReport report;
  report.scenario = "read-redis";
  report.title = "one flag, answered from Redis; 64 connections, 1 thread";
  report.standings = contest(contenders, options.rounds);
  expect_answered_by("hit", growth(before, servers.lookups()));
  report.budgets = {{"nginx return 200", 1.15}, {"webdis", 0.5}};
  report.notes = {"The value in Redis has " + std::to_string(value.size()) +
                  " bytes, the body of the answer " + std::to_string(answer.body.size()) + "."};
  print_contest(report);
  write_results(report.scenario, contest_json(report));
  write_contest_plot({report});
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::run);
}
