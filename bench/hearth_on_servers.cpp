#include "bench/hearth_on_servers.hpp"

#include <stdexcept>

#include "bench/stored_flags.hpp"

namespace hearth::bench {
namespace {

constexpr auto admin_token = "a-token-for-benchmarks";

test_support::HttpHeaders admin_headers() {
  return {{"Authorization", std::string("Bearer ") + admin_token}};
}

std::string prepared_database(test_support::PostgresServer& postgres, std::size_t flags) {
  auto url = postgres.create_database();
  const auto migrated = test_support::run_hearth({"migrate"}, {{"DATABASE_URL", url}});
  if (migrated.exit_code != 0) throw std::runtime_error("hearth migrate: " + migrated.err);
  store_flags(url, flags);
  test_support::execute(url, "CREATE EXTENSION pg_stat_statements");
  return url;
}

}  // namespace

LookupCounts parse_lookup_counts(std::string_view metrics) {
  constexpr std::string_view name = "hearth_cache_lookups_total{result=\"";
  LookupCounts counts;
  for (auto at = metrics.find(name); at != std::string_view::npos; at = metrics.find(name, at)) {
    at += name.size();
    const auto quote = metrics.find("\"} ", at);
    if (quote == std::string_view::npos) break;
    counts[std::string(metrics.substr(at, quote - at))] =
        std::stoull(std::string(metrics.substr(quote + 3, 20)));
  }
  if (counts.empty()) throw std::runtime_error("hearth has not counted its lookups");
  return counts;
}

LookupCounts growth(const LookupCounts& earlier, const LookupCounts& later) {
  auto grown = later;
  for (const auto& [part, count] : earlier) grown[part] -= count;
  return grown;
}

void expect_answered_by(const std::string& part, const LookupCounts& counts) {
  std::uint64_t all = 0;
  std::string shown;
  for (const auto& [name, count] : counts) {
    all += count;
    shown += " " + name + " " + std::to_string(count);
  }
  const auto found = counts.find(part);
  const auto answered = found == counts.end() ? 0 : found->second;
  if (all > 0 && static_cast<double>(answered) >= 0.99 * static_cast<double>(all)) return;
  throw std::runtime_error("The reads were to be answered by '" + part + "'; they were:" + shown);
}

std::string flag_target(std::size_t number) { return "/api/config/flags/" + flag_key(number); }

HearthOnServers::HearthOnServers(std::size_t flags, test_support::Environment settings,
                                 std::vector<std::string> launcher)
    : database_url_(prepared_database(postgres_, flags)),
      hearth_(options(std::move(settings), std::move(launcher))) {}

test_support::HearthServer::Options HearthOnServers::options(
    test_support::Environment settings, std::vector<std::string> launcher) const {
  if (!launcher.empty()) launcher.push_back(test_support::hearth_binary().string());
  settings["DATABASE_URL"] = database_url_;
  settings["REDIS_URL"] = redis_.url();
  settings.try_emplace("THREADS", "1");
  settings["ADMIN_TOKEN"] = admin_token;
  return {.environment = std::move(settings),
          .arguments = {},
          .program = std::move(launcher),
          .standard_input = {},
          .wait_for = test_support::HearthServer::WaitFor::ready,
          .start_limit = std::chrono::minutes(1)};
}

LookupCounts HearthOnServers::lookups() const {
  return parse_lookup_counts(hearth_.request("GET", "/metrics").body);
}

void HearthOnServers::flush_flags() const {
  redis_.run({"EVAL",
              "for _, key in ipairs(redis.call('KEYS', 'feature_flags:*')) do "
              "redis.call('DEL', key) end return 1",
              "0"});
}

void HearthOnServers::warm() const {
  const auto answer = hearth_.request("POST", "/api/admin/cache/warm", admin_headers());
  if (answer.status != 200) throw std::runtime_error("No warm run: " + answer.body);
}

void HearthOnServers::set_rollout(std::size_t flag, int percentage) const {
  auto headers = admin_headers();
  headers.emplace("Content-Type", "application/json");
  const auto answer =
      hearth_.request("PATCH", "/api/admin/flags/" + flag_key(flag), headers,
                      R"({"rolloutPercentage":)" + std::to_string(percentage) + "}");
  if (answer.status != 200) throw std::runtime_error("No change: " + answer.body);
}

}  // namespace hearth::bench
