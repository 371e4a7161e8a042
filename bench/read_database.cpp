// What a read costs the database that hearth has to ask it for, beside pgbench running the same
// statement on the same PostgreSQL with as many connections.
#include <boost/json/array.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "adapters/postgres/statements.hpp"
#include "bench/bar_chart.hpp"
#include "bench/contest.hpp"
#include "bench/database_reads.hpp"
#include "bench/hearth_on_servers.hpp"
#include "bench/options.hpp"
#include "bench/pgbench_reference.hpp"
#include "bench/results_file.hpp"
#include "bench/server_counts.hpp"
#include "bench/statistics.hpp"

namespace hearth::bench {
namespace {

constexpr std::size_t flags = 250'000;  // more than are read in a round
constexpr std::size_t connections = 4;  // as hearth's pool has

/// One round, as the database has seen it.
struct Round {
  double flags_per_second = 0;
  double queries_per_second = 0;
  double flags_per_query = 0;
  double us_per_flag = 0;  ///< processor time of PostgreSQL
};

struct Reader {
  std::string name;
  std::vector<Round> rounds{};

  [[nodiscard]] Spread spread(double Round::* figure) const {
    std::vector<double> values;
    for (const auto& round : rounds) values.push_back(round.*figure);
    return spread_of(values);
  }
};

/// What PostgreSQL has used and answered so far.
struct Account {
  ProcessorTimes processors;
  std::uint64_t queries = 0;
  std::chrono::steady_clock::time_point at;
};

Account account_of(test_support::PostgresSession& session, const std::string& database_url) {
  return {postgres_processor_times(session), database_reads(database_url).for_flags,
          std::chrono::steady_clock::now()};
}

Round round_of(const Account& before, const Account& after, double flags_read) {
  const auto used = used_since(before.processors, after.processors);
  const std::chrono::duration<double> took = after.at - before.at;
  const auto queries = static_cast<double>(after.queries - before.queries);
  return {.flags_per_second = flags_read / took.count(),
          .queries_per_second = queries / took.count(),
          .flags_per_query = flags_read / queries,
          .us_per_flag = std::chrono::duration<double, std::micro>(used).count() / flags_read};
}

class Contest {
 public:
  explicit Contest(std::chrono::seconds duration)
      : duration_(duration),
        servers_(flags, {{"NEAR_CACHE_TTL_MS", "0"},
                         {"CACHE_WARMING_ENABLED", "false"},
                         {"ACCESS_FLUSH_SECONDS", "3600"}}),
        session_(servers_.database_url()) {
    for (std::size_t i = 0; i < flags; ++i) load_.targets.push_back(flag_target(i));
    std::mt19937_64 random(1);
    std::ranges::shuffle(load_.targets, random);
    load_.duration = duration;
  }

  /// Reads of flags that are not in the cache, a different one each time.
  Round hearth_round() {
    servers_.flush_flags();
    const auto lookups = servers_.lookups();
    const auto before = account();
    const auto measured =
        measure({"hearth", servers_.hearth().pid(), servers_.hearth().port(), load_});
    const auto after = account();
    expect_answered_by("miss", growth(lookups, servers_.lookups()));
    return round_of(before, after, static_cast<double>(measured.requests));
  }

  /// Looked at while it runs: a session's account ends with the session.
  Round pgbench_round(std::size_t keys) {
    const auto script = pgbench_script(adapters::postgres::find_many_statement.sql, flags, keys);
    constexpr std::chrono::seconds margin{1};
    Account before;
    Account after;
    (void)run_pgbench({.database_url = servers_.database_url(),
                       .script = script,
                       .connections = connections,
                       .duration = duration_ + 2 * margin},
                      [&] {
                        std::this_thread::sleep_for(margin);
                        before = account();
                        std::this_thread::sleep_for(duration_);
                        after = account();
                      });
    const auto queries = static_cast<double>(after.queries - before.queries);
    return round_of(before, after, queries * static_cast<double>(keys));
  }

 private:
  Account account() { return account_of(session_, servers_.database_url()); }

  const std::chrono::seconds duration_;
  HearthOnServers servers_;
  test_support::PostgresSession session_;
  Load load_;
};

void print_table(const std::vector<Reader>& readers) {
  std::printf("%-28s %10s %12s %12s %16s %s\n", "", "flags/s", "queries/s", "flags/query", "",
              "PostgreSQL's CPU us/flag (min-max)");
  for (const auto& reader : readers) {
    const auto cost = reader.spread(&Round::us_per_flag);
    std::printf("%-28s %10.0f %12.0f %12.1f %16s %.2f (%.2f-%.2f)\n", reader.name.c_str(),
                reader.spread(&Round::flags_per_second).median,
                reader.spread(&Round::queries_per_second).median,
                reader.spread(&Round::flags_per_query).median, "", cost.median, cost.least,
                cost.most);
  }
}

boost::json::object spread_json(const Spread& spread) {
  return {{"median", spread.median}, {"least", spread.least}, {"most", spread.most}};
}

boost::json::array readers_json(const std::vector<Reader>& readers) {
  boost::json::array all;
  for (const auto& reader : readers) {
    all.push_back(boost::json::object{
        {"name", reader.name},
        {"flagsPerSecond", spread_json(reader.spread(&Round::flags_per_second))},
        {"queriesPerSecond", spread_json(reader.spread(&Round::queries_per_second))},
        {"flagsPerQuery", spread_json(reader.spread(&Round::flags_per_query))},
        {"postgresProcessorUsPerFlag", spread_json(reader.spread(&Round::us_per_flag))}});
  }
  return all;
}

BarPanel panel_of(const std::vector<Reader>& readers, const std::string& title,
                  double Round::* figure) {
  BarPanel panel{.title = title, .bars = {}};
  for (const auto& reader : readers) panel.bars.push_back({reader.name, reader.spread(figure)});
  return panel;
}

void run(const Options& options) {
  Contest contest(options.round);
  // Also says how many flags hearth's queries have, so that pgbench can ask for as many.
  const auto rehearsal = contest.hearth_round();
  const auto keys = static_cast<std::size_t>(std::max(1.0, std::round(rehearsal.flags_per_query)));
  (void)contest.pgbench_round(1);
  std::vector<Reader> readers{{"hearth, misses"},
                              {"pgbench, a flag a query"},
                              {"pgbench, " + std::to_string(keys) + " flags a query"}};
  for (std::size_t round = 0; round < options.rounds; ++round) {
    readers[0].rounds.push_back(contest.hearth_round());
    readers[1].rounds.push_back(contest.pgbench_round(1));
    readers[2].rounds.push_back(contest.pgbench_round(keys));
    std::fprintf(stderr, "round %zu of %zu: done\n", round + 1, options.rounds);
  }
  const std::string title = "read-database: reads of flags that are in no cache; " +
                            std::to_string(connections) + " connections to PostgreSQL";
  std::printf("\n%s\n\n", title.c_str());
  print_table(readers);
  write_results("read-database",
                {{"title", title}, {"rounds", options.rounds}, {"readers", readers_json(readers)}});
  write_plot("read-database",
             bar_chart(title,
                       {panel_of(readers, "PostgreSQL's processor time for a flag, us",
                                 &Round::us_per_flag),
                        panel_of(readers, "flags read each second", &Round::flags_per_second),
                        panel_of(readers, "queries each second", &Round::queries_per_second)},
                       "Medians of " + std::to_string(options.rounds) +
                           " rounds, with the least and the most. " + machine_text() + "."));
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::run);
}
