// Whether a read that starts after a change was acknowledged returns that change or a later one,
// in every process of a fleet, under load, while processes, connections and Redis are broken.
// `hearth_check_staleness --help`.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "checks/staleness_faults.hpp"
#include "checks/staleness_load.hpp"
#include "checks/staleness_report.hpp"
#include "support/eventually.hpp"

namespace hearth::checks {
namespace {

constexpr auto near_cache_setting = "NEAR_CACHE_TTL_MS";
constexpr int exit_wrong_use = 2;
// Until what a fault has left behind has settled, it is the fault's.
constexpr std::chrono::milliseconds settling_time{1'500};
constexpr std::chrono::milliseconds calm_between_faults{700};
constexpr std::chrono::seconds first_seconds{3};
constexpr std::chrono::seconds calm_at_first{5};
// Without faults: long enough for a 99th percentile of changes.
constexpr int calm_pass_seconds = 30;
constexpr std::chrono::seconds convergence_limit{15};
// A machine that is too slow for the wanted number of reads must not run for ever.
constexpr int most_times_the_seconds = 6;

struct Options {
  int seconds = 40;
  std::size_t processes = 4;
  std::size_t threads = 2;
  std::size_t flags = 400;
  int ttl_seconds = 5;
  std::uint64_t least_reads = 200'000;
  LoadOptions load;
  std::vector<std::string> faults;
  std::string near = "both";  ///< off, on, both
  std::string control;        ///< fence, confirmation, epoch; empty: none
  std::string program;        ///< instead of hearth_weakened
  bool lenient_times = false;
};

/// A pass: a fleet with or without near caches, and what is done to it.
struct Plan {
  std::string title;
  bool near_caches = false;
  std::vector<FaultDescription> faults;
  std::vector<std::string> program;  ///< empty: the real hearth
  std::size_t processes = 0;
  int seconds = 0;                ///< it goes on for this long at least
  std::uint64_t least_reads = 0;  ///< and until this many reads were checked
  bool through_gates = true;
  bool stop_at_first_violations = false;
};

std::vector<FaultDescription> chosen_faults(const std::vector<std::string>& names) {
  std::vector<FaultDescription> faults;
  for (const auto& name : names) {
    if (name == "none") continue;
    const auto fault = fault_named(name);
    if (!fault) throw std::invalid_argument("no fault is called '" + name + "'");
    faults.push_back(*fault);
  }
  if (names.empty()) faults.assign(all_faults().begin(), all_faults().end());
  return faults;
}

FleetBenchOptions bench_options(const Options& options, const Plan& plan) {
  FleetBenchOptions bench;
  bench.flags = options.flags;
  bench.program = plan.program;
  bench.through_gates = plan.through_gates;
  bench.settings = {{"CACHE_TTL_SECONDS", std::to_string(options.ttl_seconds)},
                    {"THREADS", std::to_string(options.threads)},
                    {"ACCESS_FLUSH_SECONDS", "1"}};
  if (!plan.near_caches && knows_setting(near_cache_setting)) {
    bench.settings[near_cache_setting] = "0";
  }
  return bench;
}

/// Breaks one thing after the other while the load goes on.
class Pass {
 public:
  Pass(const Options& options, const Plan& plan)
      : plan_(plan), fleet_(bench_options(options, plan)) {
    for (std::size_t i = 0; i < plan.processes; ++i) fleet_.add_member();
    result_.title = plan.title;
    result_.phases.emplace_back("no fault");
    for (const auto& fault : plan.faults) result_.phases.emplace_back(fault.words);
    if (!plan.faults.empty()) {
      stage_.between_faults = result_.phases.size();
      result_.phases.emplace_back("between faults");
    }
    result_.phases.emplace_back("the first seconds of the load");
    result_.times.resize(result_.phases.size());
    load_.emplace(fleet_, stage_, result_.phases.size(), options.load);
  }

  PassResult run() {
    let_the_epoch_age();
    result_.began = Clock::now();
    // Each process opens its connections to the database, and both sides compute for their logins.
    stage_.phase = result_.phases.size() - 1;
    result_.times.back() = 1;
    load_->start();
    stay_calm(first_seconds);
    stage_.phase = Stage::calm;
    result_.times[Stage::calm] = 1;
    stay_calm(calm_at_first);
    // Every fault once, and then again until the time has passed and enough was read.
    for (std::size_t next = 0; goes_on(next); ++next) {
      if (!plan_.faults.empty()) break_something(next % plan_.faults.size());
      stay_calm(calm_between_faults);
    }
    load_->stop();
    result_.seconds = std::chrono::duration<double>(Clock::now() - result_.began).count();
    result_.tallies = load_->tallies();
    result_.checked_reads = load_->checked_reads();
    result_.violation_count = load_->violation_count();
    result_.violations = load_->violations();
    if (!plan_.stop_at_first_violations) result_.not_converged = find_not_converged();
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool goes_on(std::size_t faults_done) const {
    const auto passed = Clock::now() - result_.began;
    if (plan_.stop_at_first_violations && load_->violation_count() > 0) return false;
    if (passed > std::chrono::seconds(plan_.seconds) * most_times_the_seconds) return false;
    if (faults_done < plan_.faults.size()) return true;
    return passed < std::chrono::seconds(plan_.seconds) ||
           (!plan_.stop_at_first_violations && load_->checked_reads() < plan_.least_reads);
  }

  /// Changes under an epoch younger than a lease wait for a whole lease, and a fleet that has just
  /// started has such an epoch: that is no time to measure.
  void let_the_epoch_age() {
    auto& server = *fleet_.members().front()->server;
    (void)test_support::eventually(std::chrono::seconds(5), [&] {
      const auto sent = Clock::now();
      const auto answer = server.request("PATCH", "/api/admin/flags/" + flag_name(0),
                                         admin_headers(), R"({"rolloutPercentage":50})");
      return answer.status == 200 && Clock::now() - sent < std::chrono::milliseconds(500);
    });
  }

  void stay_calm(std::chrono::milliseconds time) const { std::this_thread::sleep_for(time); }

  void break_something(std::size_t fault) {
    const auto process = faults_inflicted_++ % fleet_.members().size();
    stage_.phase = fault + 1;
    if (inflict(plan_.faults[fault].fault, fleet_, process, stage_)) ++result_.times[fault + 1];
    std::this_thread::sleep_for(settling_time);
    stage_.phase = stage_.between_faults;
    ++result_.times[stage_.between_faults];
  }

  /// After the end every process answers what the database holds.
  std::vector<std::string> find_not_converged() {
    const auto rows = test_support::execute(fleet_.database_url(),
                                            "SELECT flag_key, description FROM feature_flags");
    std::vector<std::string> different;
    for (std::size_t process = 0; process < fleet_.members().size(); ++process) {
      test_support::HttpConnection connection(fleet_.members()[process]->server->port());
      for (const auto& row : rows) {
        std::string seen;
        const bool same = test_support::eventually(convergence_limit, [&] {
          seen = connection.request("GET", "/api/config/flags/" + row.at(0)).body;
          return seen.contains(R"("description":")" + row.at(1) + '"');
        });
        if (!same) {
          different.push_back(row.at(0) + " at process " + std::to_string(process) +
                              ": the database holds " + row.at(1) + ", it answers " + seen);
        }
        if (different.size() >= 3) return different;
      }
    }
    return different;
  }

  const Plan& plan_;
  FleetBench fleet_;
  Stage stage_;
  PassResult result_;
  std::size_t faults_inflicted_ = 0;
  std::optional<StalenessLoad> load_;
};

/// Without faults and gates: how long a change takes.
Plan calm_plan(const Options& options, bool near_caches) {
  Plan plan;
  plan.title = near_caches ? "Near caches on, no faults" : "Near caches off, no faults";
  plan.near_caches = near_caches;
  plan.processes = options.processes;
  plan.seconds = calm_pass_seconds;
  plan.through_gates = false;
  return plan;
}

/// With faults: what a read may return.
Plan fault_plan(const Options& options, bool near_caches) {
  Plan plan;
  plan.title = near_caches ? "Near caches on" : "Near caches off";
  plan.near_caches = near_caches;
  plan.faults = chosen_faults(options.faults);
  plan.processes = options.processes;
  plan.seconds = options.seconds;
  plan.least_reads = options.least_reads;
  return plan;
}

/// Makes a pass and tells of it. Whether all that must hold held.
bool holds(const Options& options, const Plan& plan) {
  Requirements requirements;
  requirements.least_reads = plan.least_reads;
  requirements.times_count = !options.lenient_times;
  requirements.judges_calm = plan.faults.empty();
  const auto result = Pass(options, plan).run();
  print(result);
  const auto wrong = shortcomings(result, requirements);
  for (const auto& what : wrong) std::cout << "FAILED: " << what << "\n";
  if (wrong.empty()) std::cout << "held: all that must\n";
  return wrong.empty();
}

/// Runs the passes with and without near caches. Whether all that must hold held.
bool check(const Options& options) {
  const bool near_known = knows_setting(near_cache_setting);
  bool all_held = true;
  for (const bool near_caches : {false, true}) {
    if ((near_caches && options.near == "off") || (!near_caches && options.near == "on")) continue;
    if (near_caches && !near_known) {
      std::cout << "\nNOT RUN: near caches on. This hearth has no setting " << near_cache_setting
                << ".\n";
      if (options.near == "on") all_held = false;
      continue;
    }
    all_held &= holds(options, calm_plan(options, near_caches));
    if (chosen_faults(options.faults).empty()) continue;
    all_held &= holds(options, fault_plan(options, near_caches));
  }
  return all_held;
}

/// What makes the race likely that the rule closes which was taken out.
Plan control_plan(const Options& options) {
  Plan plan;
  plan.title = "Control, without " + options.control;
  plan.processes = options.processes;
  plan.seconds = options.seconds;
  plan.stop_at_first_violations = true;
  const auto weakened = test_support::hearth_binary().parent_path() / "hearth_weakened";
  if (!options.program.empty()) {
    plan.program = {std::filesystem::absolute(options.program).string()};
  } else if (std::filesystem::exists(weakened)) {
    plan.program = {weakened.string(), "--without", options.control};
  } else {
    throw std::runtime_error("there is no " + weakened.string());
  }
  // A warm run or fill whose rows come late writes after the change; near caches must not hide it.
  if (options.control == "fence") plan.faults = chosen_faults({"slow-database"});
  // A near copy at another process that hears of the change late, or not before its lease ends.
  // (When all are quick, it is void before anybody who was told of the change can ask for it.)
  if (options.control == "confirmation") {
    plan.near_caches = true;
    plan.faults = chosen_faults({"hold-subscription"});
  }
  if (options.control == "epoch") plan.faults = chosen_faults({"restart-old"});
  return plan;
}

/// Runs a hearth that lacks a rule. Whether violations were found, as they must be.
bool check_control(const Options& options) {
  const auto plan = control_plan(options);
  const auto result = Pass(options, plan).run();
  print(result);
  const bool found = result.violation_count > 0;
  std::cout << (found ? "held: the check sees what this rule prevents\n"
                      : "FAILED: no violation was found, so the check proves nothing\n");
  return found;
}

void describe(CLI::App& app, Options& options) {
  std::string names = "faults, in turn, or none:";
  for (const auto& fault : all_faults()) names += " " + std::string(fault.name);
  app.add_option("--seconds", options.seconds, "a pass goes on for this long at least")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  app.add_option("--reads", options.least_reads, "and until this many reads were checked")
      ->capture_default_str();
  app.add_option("--processes", options.processes, "hearth processes")
      ->check(CLI::Range(2, 16))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "THREADS of each")
      ->check(CLI::Range(1, 8))
      ->capture_default_str();
  app.add_option("--ttl", options.ttl_seconds, "CACHE_TTL_SECONDS")
      ->check(CLI::Range(2, 300))
      ->capture_default_str();
  app.add_option("--reads-per-second", options.load.reads_per_second)
      ->check(CLI::Range(100, 1'000'000))
      ->capture_default_str();
  app.add_option("--changes-per-second", options.load.changes_per_second)
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--seed", options.load.seed, "of the choice of flags and processes")
      ->capture_default_str();
  app.add_option("--near", options.near, "near caches")
      ->check(CLI::IsMember({"off", "on", "both"}))
      ->capture_default_str();
  app.add_option("--faults", options.faults, names)->delimiter(',');
  app.add_option("--control", options.control, "a hearth without this rule must be found out")
      ->check(CLI::IsMember({"fence", "confirmation", "epoch"}));
  app.add_option("--program", options.program, "for --control: runs this binary as it is")
      ->check(CLI::ExistingFile);
  app.add_flag("--lenient-times", options.lenient_times, "tell times, do not judge them");
}

int run(int argc, char** argv) {
  CLI::App app("Checks that no read returns less than the last acknowledged change");
  Options options;
  options.load.measures_bare_updates = true;
  describe(app, options);
  try {
    app.parse(argc, argv);
    (void)chosen_faults(options.faults);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_wrong_use;
  } catch (const std::invalid_argument& error) {
    std::cerr << error.what() << "\n";
    return exit_wrong_use;
  }
  std::cout << options.processes << " processes with " << options.threads << " threads each, "
            << options.flags << " flags, TTL " << options.ttl_seconds << " s, seed "
            << options.load.seed << "\n"
            << std::flush;
  const bool held = options.control.empty() ? check(options) : check_control(options);
  return held ? 0 : 1;
}

}  // namespace
}  // namespace hearth::checks

int main(int argc, char** argv) {
  try {
    return hearth::checks::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "FAILED: " << error.what() << "\n";
    return 1;
  }
}
