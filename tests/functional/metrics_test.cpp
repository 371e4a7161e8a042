#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <ctime>

#include "functional/functional_support.hpp"
#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::functional {
namespace {

using test_support::ChildProcess;
using test_support::HearthServer;
using testing::HasSubstr;
using testing::Not;

/// One thread, so that a second read finds what the first has kept; nothing is warmed by itself.
HearthServer::Options options() {
  HearthServer::Options options;
  options.environment = basic_environment();
  options.environment["THREADS"] = "1";
  options.environment["CACHE_WARMING_ENABLED"] = "false";
  return options;
}

std::string metrics_of(const HearthServer& server) {
  return server.request("GET", "/metrics").body;
}

/// The value of a sample by its name and labels as they are written; NaN if it is not there.
double value_of(std::string_view page, std::string_view sample) {
  const auto line = "\n" + std::string(sample) + " ";
  const auto place = page.find(line);
  if (place == std::string_view::npos) return std::nan("");
  const auto text = page.substr(place + line.size());
  double value = std::nan("");
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

struct Verdict {
  int exit_code = -1;
  std::string complaints;
};

/// What `promtool check metrics` says of a page.
Verdict promtool(std::string_view page) {
  const test_support::TemporaryDirectory folder;
  write_file(folder.path() / "page", page);
  const auto output = folder.path() / "output";
  test_support::ChildOptions options;
  options.standard_input = folder.path() / "page";
  options.standard_output = output;
  options.standard_error = output;
  auto tool = ChildProcess::start({"promtool", "check", "metrics"}, options);
  const auto ended = tool.wait(std::chrono::seconds(30));
  return {ended.value_or(-1), read_file(output)};
}

/// Something of everything that is counted.
void use(const HearthServer& server) {
  ASSERT_EQ(create_flag(server, R"({"key":"a-secret-project","enabled":true})").status, 201);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(read_flag(server, "a-secret-project").status, 200);
  ASSERT_EQ(read_flag(server, "nobody-knows-this").status, 404);
  ASSERT_EQ(patch_flag(server, "a-secret-project", R"({"enabled":true})").status, 200);
  ASSERT_EQ(patch_flag(server, "nobody-knows-this", R"({"enabled":true})").status, 404);
  ASSERT_EQ(server.request("POST", "/api/admin/cache/warm", admin()).status, 200);
  ASSERT_EQ(server.request("GET", "/a/path/of/nothing").status, 404);
}

TEST(Metrics, CountWhatHasHappened) {
  const HearthServer server(options());
  use(server);
  const auto page = metrics_of(server);

  const auto lookups = [&](std::string_view result) {
    return value_of(page, "hearth_cache_lookups_total{result=\"" + std::string(result) + "\"}");
  };
  EXPECT_EQ(lookups("near") + lookups("hit"), 5);
  EXPECT_EQ(lookups("miss"), 1);
  EXPECT_EQ(lookups("stale"), 0);

  EXPECT_EQ(value_of(page, R"(hearth_changes_total{outcome="in_force"})"), 2);
  EXPECT_EQ(value_of(page, R"(hearth_changes_total{outcome="refused"})"), 1);
  EXPECT_EQ(value_of(page, R"(hearth_changes_total{outcome="pending"})"), 0);
  EXPECT_EQ(value_of(page, R"(hearth_changes_total{outcome="failed"})"), 0);
  EXPECT_EQ(value_of(page, "hearth_change_acknowledgement_seconds_count"), 2);
  EXPECT_GT(value_of(page, "hearth_change_acknowledgement_seconds_sum"), 0);
  EXPECT_EQ(value_of(page, "hearth_unsettled_changes"), 0);

  const std::string manual = R"({trigger="manual",outcome="succeeded"})";
  EXPECT_EQ(value_of(page, "hearth_cache_warming_runs_total" + manual), 1);
  EXPECT_EQ(value_of(page, R"(hearth_cache_warming_errors_total{trigger="manual"})"), 0);
  EXPECT_EQ(value_of(page, R"(hearth_cache_warming_duration_seconds_count{trigger="manual"})"), 1);
  EXPECT_EQ(value_of(page, R"(hearth_cache_warming_flags_total{outcome="unchanged"})") +
                value_of(page, R"(hearth_cache_warming_flags_total{outcome="written"})"),
            1);

  EXPECT_EQ(value_of(page, R"(hearth_database_queries_total{query="create"})"), 1);
  EXPECT_EQ(value_of(page, R"(hearth_database_queries_total{query="update"})"), 2);
  EXPECT_EQ(value_of(page, R"(hearth_database_queries_total{query="hottest"})"), 1);
  EXPECT_GE(value_of(page, R"(hearth_database_queries_total{query="flags"})"), 1);

  const std::string requests = "hearth_http_request_duration_seconds_count";
  const std::string reads = R"({method="GET",route="/api/config/flags/:flagKey",status=)";
  EXPECT_EQ(value_of(page, requests + reads + R"("2xx"})"), 5);
  EXPECT_EQ(value_of(page, requests + reads + R"("4xx"})"), 1);
  EXPECT_EQ(value_of(page, requests + R"({method="any",route="none",status="4xx"})"), 1);
  EXPECT_EQ(value_of(page, "hearth_http_requests_in_flight"), 1) << "this one";
}

TEST(Metrics, TellWhatTheInstanceIs) {
  auto ready = options();
  ready.wait_for = HearthServer::WaitFor::ready;
  const HearthServer server(ready);
  const auto page = metrics_of(server);
  EXPECT_THAT(page, HasSubstr("hearth_build_info{version=\""));
  EXPECT_EQ(value_of(page, R"(hearth_readiness{state="ready"})"), 1);
  EXPECT_EQ(value_of(page, R"(hearth_readiness{state="draining"})"), 0);
  EXPECT_EQ(value_of(page, R"(hearth_dependency_state{dependency="database",state="down"})"), 0);
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_NEAR(value_of(page, "process_start_time_seconds"), now, 120);
}

TEST(Metrics, NeverNameAFlagOrAPathThatSomebodyMadeUp) {
  const HearthServer server(options());
  use(server);
  const auto page = metrics_of(server);
  EXPECT_THAT(page, Not(HasSubstr("a-secret-project")));
  EXPECT_THAT(page, Not(HasSubstr("nobody-knows-this")));
  EXPECT_THAT(page, Not(HasSubstr("/a/path/of/nothing")));
}

TEST(Metrics, HaveTheContentTypeOfTheFormatAndAnswerHead) {
  const HearthServer server(options());
  const auto get = server.request("GET", "/metrics");
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(get.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  test_support::HttpConnection connection(server.port());
  connection.send_bytes("HEAD /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = connection.read_response(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Type"), get.header("Content-Type"));
  EXPECT_EQ(connection.request("GET", "/livez").status, 200) << "a HEAD has no body";
  expect_error(server.request("POST", "/metrics"), 405, "METHOD_NOT_ALLOWED");
}

TEST(Metrics, PromtoolIsContent) {
  const HearthServer server(options());
  use(server);
  const auto [exit_code, complaints] = promtool(metrics_of(server));
  EXPECT_EQ(exit_code, 0);
  EXPECT_EQ(complaints, "");
}

TEST(RequestLog, SampledRequestIsOneJsonLineWithoutTheFlagsKey) {
  auto talkative = options();
  talkative.environment["LOG_LEVEL"] = "info";
  HearthServer server(talkative);
  use(server);
  EXPECT_EQ(server.stop(), 0);
  const auto log = server.errors();
  EXPECT_THAT(log, Not(HasSubstr("nobody-knows-this")));
  const auto place = log.find(R"("action":"http_request")");
  ASSERT_NE(place, std::string::npos) << log;
  EXPECT_EQ(log.find(R"("action":"http_request")", place + 1), std::string::npos) << log;
  const auto begin = log.rfind('\n', place) + 1;
  const auto line = json_of(log.substr(begin, log.find('\n', place) - begin));
  EXPECT_EQ(names_of(line), "timestamp level message action method route status duration");
  EXPECT_EQ(at(line, "status"), 200);
}

TEST(Promtool, ComplainsOfWhatIsNoGoodPage) {
  EXPECT_NE(promtool("# HELP reads Reads.\n# TYPE reads counter\nreads 1\n").complaints, "");
  EXPECT_NE(promtool("no page at all\n").exit_code, 0);
}

TEST(Statistics, TellWhereAnswersCameFrom) {
  const HearthServer server(options());
  use(server);
  const auto statistics = json_of(server.request("GET", "/api/admin/cache/stats", admin()));
  EXPECT_EQ(at(statistics, "lookups.near").as_int64() + at(statistics, "lookups.shared").as_int64(),
            5);
  EXPECT_GE(at(statistics, "lookups.near").as_int64(), 1);
  EXPECT_GE(at(statistics, "lookups.shared").as_int64(), 1);
  EXPECT_EQ(at(statistics, "lookups.miss").as_int64(), 1);
  EXPECT_EQ(at(statistics, "lookups.stale").as_int64(), 0);
  EXPECT_NEAR(at(statistics, "hitRate.total").to_number<double>(), 5.0 / 6, 1e-6);
}

}  // namespace
}  // namespace hearth::functional
