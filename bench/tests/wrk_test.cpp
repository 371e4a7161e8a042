#include "bench/wrk.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "bench/nginx_reference.hpp"

namespace hearth::bench {
namespace {

const std::string output =
    "Running 1s test @ http://127.0.0.1:8080/\n  1 threads and 64 connections\n"
    "  88412 requests in 2.10s, 29.43MB read\nRequests/sec:  42100.95\n"
    "report requests 88412\nreport refused 3\nreport broken 2\nreport duration_us 2100004\n"
    "report median_us 1402\nreport p95_us 1990\nreport p99_us 2750\n";

TEST(WrkOutput, ReportIsReadAmongOtherLines) {
  const auto report = parse_wrk_output(output);

  EXPECT_EQ(report.requests, 88'412U);
  EXPECT_EQ(report.refused, 3U);
  EXPECT_EQ(report.broken, 2U);
  EXPECT_EQ(report.duration.count(), 2'100'004);
  EXPECT_EQ(report.median.count(), 1'402);
  EXPECT_EQ(report.p95.count(), 1'990);
  EXPECT_EQ(report.p99.count(), 2'750);
}

TEST(WrkOutput, MissingFigureIsAnError) {
  const auto cut = output.substr(0, output.find("report p99_us"));

  EXPECT_THROW((void)parse_wrk_output(cut), std::runtime_error);
}

TEST(WrkOutput, FigureThatIsCutOffIsAnError) {
  const auto cut = output.substr(0, output.size() - 2);  // "report p99_us 275"

  EXPECT_THROW((void)parse_wrk_output(cut), std::runtime_error);
}

TEST(WrkScript, OneTargetNeedsNoProgramForRequests) {
  EXPECT_EQ(wrk_script({.targets = {"/a"}}).find("request = "), std::string::npos);
}

TEST(WrkScript, SeveralTargetsAreAskedForInTurn) {
  const auto script = wrk_script({.targets = {"/a", "/b"}});

  EXPECT_NE(script.find("[[\n/a\n/b\n]]"), std::string::npos) << script;
  EXPECT_NE(script.find("request = function"), std::string::npos);
}

TEST(WrkScript, PipelinedRequestsNeedAProgramThoughTheTargetIsOne) {
  const auto script = wrk_script({.targets = {"/a"}, .pipelined = 16});

  EXPECT_NE(script.find("local pipelined = 16\n"), std::string::npos) << script;
  EXPECT_NE(script.find("request = function"), std::string::npos);
}

TEST(NginxConfiguration, BodyAndHeadersAreThoseOfTheAnswer) {
  const auto text = nginx_configuration(
      {.body = R"({"key":"a"})", .content_type = "application/json", .cache_header = "near"}, 8123,
      "/tmp/x");

  EXPECT_NE(text.find(R"(return 200 '{"key":"a"}';)"), std::string::npos);
  EXPECT_NE(text.find("default_type 'application/json';"), std::string::npos);
  EXPECT_NE(text.find("add_header X-Cache 'near';"), std::string::npos);
  EXPECT_NE(text.find("listen 127.0.0.1:8123;"), std::string::npos);
}

}  // namespace
}  // namespace hearth::bench
