// How long it takes from starting hearth, with its embedded database, to its first answer, beside
// nginx.
#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <thread>

#include "bench/bar_chart.hpp"
#include "bench/nginx_reference.hpp"
#include "bench/options.hpp"
#include "bench/processor_time.hpp"
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

/// In milliseconds.
struct StartTimes {
  double elapsed = 0;    ///< from before the fork
  double processor = 0;  ///< used by the program until then, in all its threads
};

double milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// Starts a program and asks it until it answers 200.
StartTimes time_to_answer(std::vector<std::string> command, const ChildOptions& options,
                          std::uint16_t port) {
  const auto begin = Clock::now();
  auto process = ChildProcess::start(std::move(command), options);
  while (Clock::now() - begin < std::chrono::seconds(10)) {
    try {
      if (test_support::http_request(port, "GET", flags_target).status == 200) {
        const auto took = Clock::now() - begin;
        const StartTimes times{milliseconds(took), milliseconds(processor_time(process.pid()))};
        process.stop();
        return times;
      }
    } catch (const std::runtime_error&) {
      // Not yet. Asking costs the program that starts nothing: there are two cores.
    }
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  throw std::runtime_error("A program does not answer after its start");
}

StartTimes start_hearth(const TemporaryDirectory& folder) {
  const auto port = test_support::free_port();
  ChildOptions options;
  options.inherit_environment = false;
  options.environment = {"DATABASE_URL=sqlite:" + (folder.path() / "hearth.db").string(),
                         "HOST=127.0.0.1", "PORT=" + std::to_string(port)};
  return time_to_answer({test_support::hearth_binary().string(), "serve"}, options, port);
}

StartTimes start_nginx(const TemporaryDirectory& folder) {
  const auto port = test_support::free_port();
  const auto configuration = folder.path() / "nginx.conf";
  const NginxReference::Answer answer{
      .body = "[]", .content_type = "application/json", .cache_header = "near"};
  std::ofstream(configuration) << nginx_configuration(answer, port, folder.path().string());
  return time_to_answer(
      {"nginx", "-p", folder.path().string(), "-e", "stderr", "-c", configuration.string()}, {},
      port);
}

struct Starter {
  std::string name;
  std::function<StartTimes()> start;
  std::vector<double> elapsed_ms{};
  std::vector<double> processor_ms{};
};

std::string plot(std::span<const Starter> starters, std::size_t rounds) {
  BarPanel answered{"until the first answer, ms", {}};
  BarPanel computed{"processor time until then, ms", {}};
  for (const auto& starter : starters) {
    answered.bars.push_back({starter.name, spread_of(starter.elapsed_ms)});
    computed.bars.push_back({starter.name, spread_of(starter.processor_ms)});
  }
  return bar_chart("start: from the start of a program to its first answer", {answered, computed},
                   "Medians of " + std::to_string(rounds) +
                       " starts, with the least and the most. " + machine_text() + ".");
}

void run(const Options& options) {
  const TemporaryDirectory kept;
  const TemporaryDirectory nginx;
  Starter starters[] = {
      {"hearth", [&] { return start_hearth(kept); }},
      {"hearth, new database", [] { return start_hearth(TemporaryDirectory()); }},
      {"nginx", [&] { return start_nginx(nginx); }},
  };
  const std::size_t rounds = options.quick ? 11 : 51;
  for (auto& starter : starters) (void)starter.start();  // files come into the page cache
  for (std::size_t round = 0; round < rounds; ++round) {
    for (auto& starter : starters) {
      const auto times = starter.start();
      starter.elapsed_ms.push_back(times.elapsed);
      starter.processor_ms.push_back(times.processor);
    }
  }
  std::printf("\nstart: from the start of a program to its first answer; ms, %zu starts\n\n",
              rounds);
  std::printf("%-24s %8s %8s %8s %20s\n", "", "median", "least", "p95", "CPU until then");
  boost::json::array all;
  for (const auto& starter : starters) {
    const auto spread = spread_of(starter.elapsed_ms);
    const auto p95 = percentile(starter.elapsed_ms, 0.95);
    const auto processor = median(starter.processor_ms);
    std::printf("%-24s %8.2f %8.2f %8.2f %20.2f\n", starter.name.c_str(), spread.median,
                spread.least, p95, processor);
    all.push_back(boost::json::object{{"name", starter.name},
                                      {"starts", rounds},
                                      {"medianMs", spread.median},
                                      {"leastMs", spread.least},
                                      {"p95Ms", p95},
                                      {"processorMs", processor}});
  }
  write_plot("start", plot(starters, rounds));
  const auto found = median(starters[0].elapsed_ms);
  std::printf("\nfirst answer < %.0f ms: %s (%.1f)\n", budget_ms,
              found < budget_ms ? "within" : "MISSED", found);
  write_results(
      "start", {{"starters", std::move(all)}, {"budgetMs", budget_ms}, {"met", found < budget_ms}});
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::run);
}
