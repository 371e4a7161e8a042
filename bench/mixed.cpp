// Everything together: reads by Zipf's law while flags are changed and warm runs are made, beside
// the same reads while nothing else happens.
#include <atomic>
#include <cstdio>
#include <exception>
#include <random>
#include <stdexcept>
#include <thread>

#include "bench/contest.hpp"
#include "bench/contest_plot.hpp"
#include "bench/contest_table.hpp"
#include "bench/hearth_on_servers.hpp"
#include "bench/options.hpp"
#include "bench/results_file.hpp"
#include "bench/stored_flags.hpp"
#include "checks/pace.hpp"
#include "checks/zipf.hpp"

namespace hearth::bench {
namespace {

constexpr std::size_t flags = 1'000;
constexpr std::size_t reads_of_a_turn = 50'000;  // then the same ones again
constexpr double changes_per_second = 50;
constexpr std::size_t changes_per_warm_run = 50;

/// Changes flags, and warms now and then, until it is told to stop or destroyed. Threading: one
/// owner.
class Administrator {
 public:
  explicit Administrator(const HearthOnServers& servers)
      : servers_(servers), thread_([this] { work(); }) {}
  ~Administrator() { join(); }
  Administrator(const Administrator&) = delete;
  Administrator& operator=(const Administrator&) = delete;

  /// Throws std::runtime_error if something was refused.
  void stop() {
    join();
    if (!refusal_.empty()) throw std::runtime_error(refusal_);
  }

 private:
  void join() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

  void work() {
    try {
      change_flags();
    } catch (const std::exception& failure) {
      refusal_ = failure.what();
    }
  }

  void change_flags() {
    const checks::Zipf popularity(flags, 1.0);
    std::mt19937_64 random(2);
    checks::Pace pace(changes_per_second);
    for (std::size_t change = 1; !stopping_; ++change) {
      pace.wait();
      servers_.set_rollout(popularity.choose(random), static_cast<int>(change % 101));
      if (change % changes_per_warm_run == 0) servers_.warm();
    }
  }

  const HearthOnServers& servers_;
  std::atomic<bool> stopping_ = false;
  std::string refusal_;  ///< of the thread, until it has been joined
  std::thread thread_;
};

Load zipf_load(std::chrono::seconds duration) {
  const checks::Zipf popularity(flags, 1.0);
  std::mt19937_64 random(1);
  Load load{.targets = {}, .duration = duration};
  for (std::size_t i = 0; i < reads_of_a_turn; ++i) {
    load.targets.push_back(flag_target(popularity.choose(random)));
  }
  return load;
}

void run(const Options& options) {
  HearthOnServers servers(flags, {{"CACHE_WARMING_TOP_N", std::to_string(flags)}});
  auto& hearth = servers.hearth();
  const Contender reads{"hearth", hearth.pid(), hearth.port(), zipf_load(options.round)};
  Standing busy{"hearth, with changes", {}};
  Standing quiet{"hearth, reads only", {}};
  (void)measure(reads);
  for (std::size_t round = 0; round < options.rounds; ++round) {
    quiet.rounds.push_back(measure(reads));
    Administrator administrator(servers);
    busy.rounds.push_back(measure(reads));
    administrator.stop();
    std::fprintf(stderr, "round %zu of %zu: done\n", round + 1, options.rounds);
  }
  ContestReport report;
  report.scenario = "mixed";
  report.title = "1,000 flags by Zipf's law, beside it 50 changes and a warm run each second";
  report.standings = {std::move(busy), std::move(quiet)};
  report.notes = {"A change's own processor time is in that of the reads."};
  print_contest(report);
  write_results(report.scenario, contest_json(report));
  write_contest_plot({report});
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::run);
}
