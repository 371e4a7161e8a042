#include "checks/fleet_bench.hpp"

#include <stdexcept>

namespace hearth::checks {

using test_support::Environment;
using test_support::HearthServer;

namespace {

constexpr auto admin_token = "a-token-for-checks-only";
constexpr auto start_limit = std::chrono::seconds(60);

void replace(std::string& text, const std::string& what, const std::string& with) {
  const auto found = text.find(what);
  if (found == std::string::npos) throw std::runtime_error("no " + what + " in " + text);
  text.replace(found, what.size(), with);
}

std::string port_in_url(std::uint16_t port) { return "@127.0.0.1:" + std::to_string(port) + "/"; }

}  // namespace

FleetBench::FleetBench(FleetBenchOptions options)
    : postgres(options.most_database_connections),
      redis({.password = std::nullopt, .settings = options.redis_settings}),
      options_(std::move(options)),
      database_url_(postgres.create_database()) {
  const auto migrated = test_support::run_hearth({"migrate"}, {{"DATABASE_URL", database_url_}});
  if (migrated.exit_code != 0) throw std::runtime_error("cannot migrate: " + migrated.err);
  test_support::execute(database_url_,
                        "INSERT INTO feature_flags (flag_key, environment, enabled, description) "
                        "SELECT 'flag-' || n, 'production', true, '' FROM generate_series(0, " +
                            std::to_string(options_.flags - 1) + ") n");
  // A fleet finds flags that have been there for long: what has just changed is swept.
  test_support::execute(database_url_,
                        "ALTER TABLE feature_flags DISABLE TRIGGER USER; "
                        "UPDATE feature_flags SET updated_at = now() - interval '1 hour'; "
                        "ALTER TABLE feature_flags ENABLE TRIGGER USER");
  test_support::execute(database_url_, "CREATE EXTENSION pg_stat_statements");
}

Environment FleetBench::environment(std::uint16_t redis_port, std::uint16_t database_port) const {
  auto database = database_url_;
  replace(database, port_in_url(postgres.port()), port_in_url(database_port));
  Environment environment = options_.settings;
  environment.insert({{"ADMIN_TOKEN", admin_token},
                      {"DATABASE_URL", database},
                      {"REDIS_URL", "redis://127.0.0.1:" + std::to_string(redis_port)},
                      {"LOG_LEVEL", "warn"},
                      {"THREADS", "1"}});
  return environment;
}

void FleetBench::add_member() {
  auto member = std::make_unique<Member>(redis.port(), postgres.port());
  HearthServer::Options options;
  options.environment = options_.through_gates
                            ? environment(member->redis_gate.port(), member->database_gate.port())
                            : environment(redis.port(), postgres.port());
  options.program = options_.program;
  options.wait_for = HearthServer::WaitFor::ready;
  options.start_limit = start_limit;
  member->server = std::make_unique<HearthServer>(std::move(options));
  members_.push_back(std::move(member));
}

std::string flag_name(std::size_t number) { return "flag-" + std::to_string(number); }

std::string read_path(std::size_t flag) { return "/api/config/flags/" + flag_name(flag); }

const test_support::HttpHeaders& admin_headers() {
  static const test_support::HttpHeaders headers{
      {"Authorization", std::string("Bearer ") + admin_token}};
  return headers;
}

bool knows_setting(const std::string& name) {
  return test_support::run_hearth({"config"}).out.contains(name);
}

}  // namespace hearth::checks
