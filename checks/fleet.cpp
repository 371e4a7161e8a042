// Whether a hundred processes that start in the same moment, under load, against an empty Redis,
// cost the database one bulk query and nobody a request. `hearth_check_fleet --help`.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <signal.h>
#include <stdexcept>
#include <thread>

#include "checks/fleet_bench.hpp"
#include "checks/fleet_readers.hpp"
#include "checks/held_start.hpp"
#include "checks/table_lock.hpp"
#include "support/eventually.hpp"

namespace hearth::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test_support::execute;
using test_support::HearthServer;

constexpr int exit_wrong_use = 2;
constexpr std::size_t flags = 1'000;
constexpr std::size_t warmed_flags = 20;
constexpr int connections_per_process = 6;  // four for queries, and room for one that listens
constexpr int connections_of_ours = 40;
// So long without a miss, and the fleet counts as warm.
constexpr seconds settled_after{2};
// A bulk query on the small table below takes a millisecond; this is a database that is very slow.
constexpr milliseconds slow_query{2'000};
constexpr milliseconds killed_after{300};
constexpr seconds query_limit{60};

// The one query that orders flags by their heat, which only a warm run sends.
constexpr auto is_bulk_query = " query ~* 'order by [a-z.]*heat' ";

constexpr auto warm_runs_key = "feature_flags_fleet:production:warming:runs";

enum class Scenario { plain, killed, slow };

struct Options {
  std::size_t processes = 100;
  std::size_t reads_per_second = 2'000;
  int limit_seconds = 120;
  std::vector<std::string> scenarios{"plain", "killed", "slow"};
  std::string control;  ///< a mechanism to leave out; empty: none
};

struct Row {
  Scenario scenario{};
  std::size_t processes = 0;
  std::uint64_t bulk_queries = 0;
  std::uint64_t reads = 0;
  std::uint64_t misses = 0;
  std::uint64_t failed = 0;
  std::string failure;
  double all_answer_seconds = 0;  ///< from the release until the last process answered
  double only_hits_seconds = 0;   ///< from the release until the last miss of a warmed flag
  bool settled = false;
  std::size_t database_connections = 0;  ///< the most that were seen
  std::vector<std::string> warm_runs;    ///< as Redis keeps their records
};

std::string words_of(Scenario scenario) {
  switch (scenario) {
    case Scenario::plain: return "all at once";
    case Scenario::killed: return "the elected one is killed";
    case Scenario::slow: return "the bulk query takes 2 s";
  }
  return {};
}

/// A fleet of which no process runs yet.
class StartingFleet {
 public:
  explicit StartingFleet(const Options& options)
      : options_(options), program_(program_of(options)), bench_(options_of(options)) {
    execute(bench_.database_url(),
            "INSERT INTO feature_flag_access (flag_id, request_count, last_accessed_at, heat) "
            "SELECT id, 100, now(), 10 FROM feature_flags WHERE flag_key IN (SELECT 'flag-' || n "
            "FROM generate_series(0, " +
                std::to_string(warmed_flags - 1) + ") n)");
    for (std::size_t i = 0; i < options.processes; ++i) add(i);
    execute(bench_.database_url(), "SELECT pg_stat_statements_reset()");
  }

  Row run(Scenario scenario) {
    FleetReaders readers(
        ports(), {.warmed_flags = warmed_flags, .reads_per_second = options_.reads_per_second});
    std::optional<TableLock> lock;
    if (scenario != Scenario::plain) lock.emplace(bench_.database_url(), "feature_flag_access");
    const auto released = Clock::now();
    door_.let_go();
    if (scenario == Scenario::killed) kill_elected(readers, *lock);
    if (scenario == Scenario::slow) slow_down(*lock);
    Row row;
    row.scenario = scenario;
    row.processes = options_.processes;
    row.settled = wait_until_settled(readers, row);
    readers.stop();
    summarise(readers.records(), released, row);
    row.bulk_queries = bulk_queries();
    for (const auto& run : bench_.redis.command({"LRANGE", warm_runs_key, "0", "-1"}).elements) {
      row.warm_runs.push_back(run.text);
    }
    return row;
  }

 private:
  static FleetBenchOptions options_of(const Options& options) {
    FleetBenchOptions bench;
    bench.flags = flags;
    bench.settings = {{"CACHE_WARMING_TOP_N", std::to_string(warmed_flags)},
                      {"ACCESS_FLUSH_SECONDS", "60"}};
    bench.most_database_connections =
        static_cast<int>(options.processes) * connections_per_process + connections_of_ours;
    return bench;
  }

  static std::vector<std::string> program_of(const Options& options) {
    const auto binary = test_support::hearth_binary();
    if (options.control.empty()) return {binary.string()};
    return {(binary.parent_path() / "hearth_weakened").string(), "--without", options.control};
  }

  static std::string name_of(std::size_t process) { return "hearth-" + std::to_string(process); }

  void add(std::size_t number) {
    HearthServer::Options options;
    options.environment = bench_.environment(bench_.redis.port(), bench_.postgres.port());
    // So that the database can tell whose query it is.
    options.environment["DATABASE_URL"] += "?application_name=" + name_of(number);
    options.program = HeldStart::command(program_);
    options.standard_input = door_.pipe();
    options.wait_for = HearthServer::WaitFor::nothing;
    servers_.push_back(std::make_unique<HearthServer>(std::move(options)));
  }

  [[nodiscard]] std::vector<std::uint16_t> ports() const {
    std::vector<std::uint16_t> ports;
    for (const auto& server : servers_) ports.push_back(server->port());
    return ports;
  }

  /// The process whose bulk query waits at the database, the first if there are several.
  std::size_t wait_for_bulk_query() {
    std::string name;
    const bool seen = test_support::eventually(query_limit, [&] {
      const auto rows = watch_.execute(std::string("SELECT application_name FROM pg_stat_activity "
                                                   "WHERE wait_event_type = 'Lock' AND") +
                                       is_bulk_query + "ORDER BY query_start LIMIT 1");
      if (!rows.empty()) name = rows[0][0];
      return !rows.empty();
    });
    if (!seen) throw std::runtime_error("nobody sends a bulk query");
    return std::stoul(name.substr(name.rfind('-') + 1));
  }

  void kill_elected(FleetReaders& readers, TableLock& lock) {
    const auto elected = wait_for_bulk_query();
    std::this_thread::sleep_for(killed_after);
    readers.forgive(elected);
    killed_ = elected;
    servers_[elected]->process().signal(SIGKILL);
    std::this_thread::sleep_for(killed_after);
    lock.release();
  }

  void slow_down(TableLock& lock) {
    (void)wait_for_bulk_query();
    std::this_thread::sleep_for(slow_query);
    lock.release();
  }

  /// Whether a run of the fleet has ended: reads alone may have filled the cache before another
  /// process takes over from one that died. Who does not elect keeps no records of the fleet.
  bool is_warmed() {
    return !options_.control.empty() ||
           !bench_.redis.command({"LRANGE", warm_runs_key, "0", "0"}).elements.empty();
  }

  bool wait_until_settled(const FleetReaders& readers, Row& row) {
    const auto end = Clock::now() + seconds(options_.limit_seconds);
    while (Clock::now() < end) {
      const auto count = watch_.execute("SELECT count(*) FROM pg_stat_activity").at(0).at(0);
      row.database_connections = std::max(row.database_connections, std::stoul(count));
      const auto records = readers.records();
      const auto limit = Clock::now() - settled_after;
      bool settled = is_warmed();
      for (std::size_t i = 0; i < records.size(); ++i) {
        if (killed_ == i) continue;
        const auto& record = records[i];
        settled &= record.first_answer && *record.first_answer < limit &&
                   (!record.last_miss || *record.last_miss < limit);
      }
      if (settled) return true;
      std::this_thread::sleep_for(milliseconds(100));
    }
    return false;
  }

  void summarise(const std::vector<StartRecord>& records, Clock::time_point released, Row& row) {
    const auto since = [&](Clock::time_point time) {
      return std::chrono::duration<double>(time - released).count();
    };
    for (std::size_t i = 0; i < records.size(); ++i) {
      const auto& record = records[i];
      row.reads += record.reads;
      row.misses += record.misses;
      row.failed += record.failed;
      if (row.failure.empty() && record.failed > 0) {
        row.failure = "process " + std::to_string(i) + ": " + record.failure;
      }
      if (killed_ == i || !record.first_answer) continue;
      row.all_answer_seconds = std::max(row.all_answer_seconds, since(*record.first_answer));
      row.only_hits_seconds =
          std::max(row.only_hits_seconds,
                   since(record.last_miss ? *record.last_miss : *record.first_answer));
    }
  }

  std::uint64_t bulk_queries() {
    const auto rows = execute(
        bench_.database_url(),
        std::string("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements JOIN pg_database d ON "
                    "d.oid = dbid WHERE d.datname = current_database() AND"
                    " query !~ 'pg_stat_(statements|activity)' AND") +
            is_bulk_query);
    return std::stoull(rows.at(0).at(0));
  }

  const Options& options_;
  const std::vector<std::string> program_;
  FleetBench bench_;
  /// For questions that are asked again and again, which must not cost the fleet its database.
  test_support::PostgresSession watch_{bench_.database_url()};
  HeldStart door_;
  std::vector<std::unique_ptr<HearthServer>> servers_;
  std::optional<std::size_t> killed_;
};

std::vector<std::string> shortcomings(const Row& row) {
  std::vector<std::string> found;
  const auto name = words_of(row.scenario);
  // PostgreSQL may finish the query of a process that is no more, and its successor's is another.
  const std::uint64_t most = row.scenario == Scenario::killed ? 2 : 1;
  if (row.bulk_queries < 1 || row.bulk_queries > most) {
    found.push_back(fmt::format("{}: {} bulk queries instead of {}", name, row.bulk_queries,
                                most == 1 ? "1" : "1 or 2"));
    for (const auto& run : row.warm_runs) found.back() += "\n  " + run;
  }
  if (row.failed > 0) {
    found.push_back(fmt::format("{}: {} requests failed; {}", name, row.failed, row.failure));
  }
  if (!row.settled) found.push_back(name + ": not every process came to serve only hits");
  return found;
}

bool check(const Options& options) {
  std::cout << fmt::format(
      "{} processes with one thread each, {} flags of which {} are warmed, an empty Redis, {} "
      "reads/s;\nPostgreSQL takes {} connections ({} a process)\n\n",
      options.processes, flags, warmed_flags, options.reads_per_second,
      options.processes * connections_per_process + connections_of_ours, connections_per_process);
  std::cout << fmt::format("{:<28} {:>9} {:>6} {:>8} {:>8} {:>8} {:>12} {:>11} {:>12}\n",
                           "scenario", "processes", "bulk", "reads", "misses", "failed",
                           "all answer s", "only hits s", "db sessions");
  std::vector<std::string> wrong;
  const std::vector<std::pair<std::string, Scenario>> names{
      {"plain", Scenario::plain}, {"killed", Scenario::killed}, {"slow", Scenario::slow}};
  for (const auto& [name, scenario] : names) {
    if (std::ranges::find(options.scenarios, name) == options.scenarios.end()) continue;
    if (scenario == Scenario::killed && options.processes < 2) continue;
    const auto row = StartingFleet(options).run(scenario);
    std::cout << fmt::format("{:<28} {:>9} {:>6} {:>8} {:>8} {:>8} {:>12.2f} {:>11.2f} {:>12}\n",
                             words_of(scenario), row.processes, row.bulk_queries, row.reads,
                             row.misses, row.failed, row.all_answer_seconds, row.only_hits_seconds,
                             row.database_connections)
              << std::flush;
    const auto found = shortcomings(row);
    wrong.insert(wrong.end(), found.begin(), found.end());
  }
  std::cout
      << "  bulk: queries of warm runs, as PostgreSQL counts them; times since the release\n\n";
  for (const auto& what : wrong) std::cout << "FAILED: " << what << "\n";
  if (wrong.empty()) std::cout << "held: all that must\n";
  return wrong.empty();
}

/// Processes that do not elect one of them must be found out.
bool check_control(const Options& options) {
  const auto row = StartingFleet(options).run(Scenario::plain);
  const bool found = row.bulk_queries > 1;
  std::cout << fmt::format("{} processes without {}: {} bulk queries\n", row.processes,
                           options.control, row.bulk_queries)
            << (found ? "held: the check sees what this mechanism prevents\n"
                      : "FAILED: one bulk query was enough, so the check proves nothing\n");
  return found;
}

int run(int argc, char** argv) {
  CLI::App app("Checks that a fleet which starts at once warms its cache once");
  Options options;
  app.add_option("--processes", options.processes)
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  app.add_option("--seconds", options.limit_seconds,
                 "the longest that a scenario may take to settle")
      ->check(CLI::Range(5, 3'600))
      ->capture_default_str();
  app.add_option("--reads-per-second", options.reads_per_second)
      ->check(CLI::Range(10, 100'000))
      ->capture_default_str();
  app.add_option("--scenarios", options.scenarios)
      ->delimiter(',')
      ->check(CLI::IsMember({"plain", "killed", "slow"}));
  app.add_option("--control", options.control, "a hearth without this must be found out")
      ->check(CLI::IsMember({"election"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_wrong_use;
  }
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
