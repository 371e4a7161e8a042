// How long it takes from starting hearth, with its embedded database, to its first answer, beside
// nginx, and beside a program that does nothing.
#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>

#include "bench/nginx_reference.hpp"
#include "bench/options.hpp"
#include "bench/results_file.hpp"
#include "bench/statistics.hpp"
#include "support/child_process.hpp"
#include "support/free_port.hpp"
#include "support/hearth_process.hpp"
#include "support/http_client.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::bench {
namespace {

using test_support::ChildOptions;
using test_support::ChildProcess;
using test_support::TemporaryDirectory;
using Clock = std::chrono::steady_clock;

constexpr double budget_ms = 30;
constexpr auto flags_target = "/api/config/flags";

/// Starts a program and asks it until it answers 200. In milliseconds, from before the fork.
double time_to_answer(std::vector<std::string> command, const ChildOptions& options,
                      std::uint16_t port) {
  const auto begin = Clock::now();
  auto process = ChildProcess::start(std::move(command), options);
  while (Clock::now() - begin < std::chrono::seconds(10)) {
    try {
      if (test_support::http_request(port, "GET", flags_target).status == 200) {
        const auto took = Clock::now() - begin;
        process.stop();
        return std::chrono::duration<double, std::milli>(took).count();
      }
    } catch (const std::runtime_error&) {
      // Not yet. Asking costs the program that starts nothing: there are two cores.
    }
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  throw std::runtime_error("A program does not answer after its start");
}

double start_hearth(const TemporaryDirectory& folder) {
  const auto port = test_support::free_port();
  ChildOptions options;
  options.inherit_environment = false;
  options.environment = {"DATABASE_URL=sqlite:" + (folder.path() / "hearth.db").string(),
                         "HOST=127.0.0.1", "PORT=" + std::to_string(port)};
  return time_to_answer({test_support::hearth_binary().string(), "serve"}, options, port);
}

double start_nginx(const TemporaryDirectory& folder) {
  const auto port = test_support::free_port();
  const auto configuration = folder.path() / "nginx.conf";
  const NginxReference::Answer answer{
      .body = "[]", .content_type = "application/json", .cache_header = "near"};
  std::ofstream(configuration) << nginx_configuration(answer, port, folder.path().string());
  return time_to_answer(
      {"nginx", "-p", folder.path().string(), "-e", "stderr", "-c", configuration.string()}, {},
      port);
}

double start_nothing() {
  const auto begin = Clock::now();
  auto process = ChildProcess::start({"/bin/true"});
  while (process.running()) std::this_thread::sleep_for(std::chrono::microseconds(100));
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

struct Starter {
  std::string name;
  std::function<double()> start;
  std::vector<double> times_ms{};
};

void run(const Options& options) {
  const TemporaryDirectory kept;
  const TemporaryDirectory nginx;
  Starter starters[] = {
      {"hearth", [&] { return start_hearth(kept); }},
      {"hearth, new database", [] { return start_hearth(TemporaryDirectory()); }},
      {"nginx", [&] { return start_nginx(nginx); }},
      {"/bin/true, to its end", start_nothing},
  };
  const std::size_t rounds = options.quick ? 11 : 51;
  for (auto& starter : starters) (void)starter.start();  // files come into the page cache
  for (std::size_t round = 0; round < rounds; ++round) {
    for (auto& starter : starters) starter.times_ms.push_back(starter.start());
  }
  std::printf("\nstart: from the start of a program to its first answer; ms, %zu starts\n\n",
              rounds);
  std::printf("%-24s %8s %8s %8s\n", "", "median", "least", "p95");
  boost::json::array all;
  for (const auto& starter : starters) {
    const auto spread = spread_of(starter.times_ms);
    const auto p95 = percentile(starter.times_ms, 0.95);
    std::printf("%-24s %8.2f %8.2f %8.2f\n", starter.name.c_str(), spread.median, spread.least,
                p95);
    all.push_back(boost::json::object{{"name", starter.name},
                                      {"starts", rounds},
                                      {"medianMs", spread.median},
                                      {"leastMs", spread.least},
                                      {"p95Ms", p95}});
  }
  const auto found = median(starters[0].times_ms);
  std::printf("\nfirst answer < %.0f ms: %s (%.1f)\n", budget_ms,
              found < budget_ms ? "within" : "MISSED", found);
  write_results(
      "start", {{"starters", std::move(all)}, {"budgetMs", budget_ms}, {"met", found < budget_ms}});
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  try {
    hearth::bench::run(hearth::bench::parse_options(count, arguments));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "hearth_bench_start: %s\n", failure.what());
    return 1;
  }
}
