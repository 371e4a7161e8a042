#include "functional/failure_fixture.hpp"

#include <algorithm>
#include <stdexcept>

#include "support/eventually.hpp"

namespace hearth::functional {

using test_support::Environment;
using test_support::HearthServer;
using namespace std::chrono_literals;

FailureTest::FailureTest() : database(postgres.create_database()) {
  const Environment settings{{"DATABASE_URL", database}};
  std::string flags = "[";
  for (int i = 1; i <= 9; ++i) {
    if (i > 1) flags += ",";
    flags += R"({"key":"flag-)" + std::to_string(i) + R"(","enabled":true})";
  }
  const auto migrated = test_support::run_hearth({"migrate"}, settings);
  const auto imported = test_support::run_hearth({"flags", "import", "-"}, settings, flags + "]");
  if (migrated.exit_code != 0 || imported.exit_code != 0) {
    throw std::runtime_error("cannot prepare the database: " + migrated.err + imported.err);
  }
}

Environment FailureTest::environment() const {
  auto settings = basic_environment();
  settings["DATABASE_URL"] = database;
  settings["REDIS_URL"] = redis.url();
  settings["ACCESS_FLUSH_SECONDS"] = "1";
  // What Redis answers is to be seen; near copies have tests of their own.
  settings["NEAR_CACHE_TTL_MS"] = "0";
  return settings;
}

HearthServer::Options FailureTest::options(const Environment& more) const {
  HearthServer::Options options;
  options.environment = more;
  options.environment.merge(environment());
  options.wait_for = HearthServer::WaitFor::ready;
  return options;
}

std::string FailureTest::readiness(const HearthServer& server) {
  return at(json_of(server.request("GET", "/readyz")), "status").as_string().c_str();
}

bool FailureTest::becomes(const HearthServer& server, std::string_view state) {
  return test_support::eventually(15s, [&] { return readiness(server) == state; });
}

boost::json::value FailureTest::record_of(const HearthServer& server,
                                          const test_support::HttpResponse& answer) {
  return json_of(server.request("GET", answer.header("Location"), admin()));
}

std::string FailureTest::cached(std::string_view key) const {
  return redis.command({"GET", redis_key(key)}).text;
}

std::vector<std::string> FailureTest::cached_keys() const {
  std::vector<std::string> keys;
  for (const auto& key : redis.command({"KEYS", "feature_flags:*"}).elements) {
    keys.push_back(key.text);
  }
  std::ranges::sort(keys);
  return keys;
}

std::string redis_key(std::string_view key) {
  return "feature_flags:production:" + std::string(key);
}

}  // namespace hearth::functional
