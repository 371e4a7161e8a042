#include "functional/warming_fixture.hpp"

#include <stdexcept>

#include "support/eventually.hpp"

namespace hearth::functional {

using test_support::Environment;
using test_support::execute;
using test_support::HearthServer;

HeldFlags::HeldFlags(std::string database) : database_(std::move(database)) {
  session_ = std::thread([url = database_] {
    try {
      execute(url,
              "/* held */ BEGIN; LOCK TABLE feature_flags IN ACCESS EXCLUSIVE MODE; "
              "SELECT pg_sleep(60)");
    } catch (const std::exception&) {
      // That is how `release` ends it.
    }
  });
  const bool held = test_support::eventually(std::chrono::seconds(10), [&] {
    return execute(database_,
                   "SELECT count(*) FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock' "
                   "AND relation = 'feature_flags'::regclass")
               .at(0)
               .at(0) == "1";
  });
  if (!held) throw std::runtime_error("cannot hold the flags");
}

void HeldFlags::release() {
  if (!session_.joinable()) return;
  execute(database_,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '/* held */%'");
  session_.join();
}

WarmingTest::WarmingTest() { execute(database, "CREATE EXTENSION pg_stat_statements"); }

Environment WarmingTest::through(const test_support::TcpGate& gate) const {
  auto url = database;
  const auto port = ":" + std::to_string(postgres.port()) + "/";
  const auto place = url.find(port);
  if (place == std::string::npos) throw std::runtime_error("no port in " + url);
  url.replace(place, port.size(), ":" + std::to_string(gate.port()) + "/");
  return {{"DATABASE_URL", url}};
}

HearthServer::Options WarmingTest::starting(const Environment& more) const {
  auto wanted = options(more);
  wanted.wait_for = HearthServer::WaitFor::live;
  return wanted;
}

int WarmingTest::bulk_queries() const {
  const auto rows = execute(database,
                            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements "
                            "WHERE query LIKE '%ORDER BY a.heat DESC%' "
                            "AND query NOT LIKE '%pg_stat_statements%'");
  return std::stoi(rows.at(0).at(0));
}

std::size_t WarmingTest::warm_flags() const {
  return redis.command({"KEYS", "feature_flags:production:flag-*"}).elements.size();
}

std::string WarmingTest::lock_holder() const { return redis.command({"GET", lock_key}).text; }

boost::json::value WarmingTest::marker() const {
  const auto text = redis.command({"GET", marker_key}).text;
  return text.empty() ? boost::json::value() : json_of(text);
}

std::vector<boost::json::value> WarmingTest::runs(const HearthServer& server,
                                                  std::string_view trigger) {
  std::vector<boost::json::value> found;
  const auto list = json_of(server.request("GET", "/api/admin/cache/warmings", admin()));
  for (const auto& run : at(list, "warmings").as_array()) {
    if (at(run, "trigger").as_string() == trigger) found.push_back(run);
  }
  return found;
}

}  // namespace hearth::functional
