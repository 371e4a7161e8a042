#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <csignal>
#include <dirent.h>
#include <fstream>

#include "functional/lambda_fixture.hpp"
#include "support/eventually.hpp"

namespace hearth::functional {
namespace {

using test_support::eventually;
using test_support::execute;
using test_support::HearthFunction;
using namespace std::chrono_literals;

using Lambda = LambdaTest;

/// What a run over the nine flags answers.
constexpr auto warmed_nine = R"("warmed":9)";

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// In KiB.
long resident_memory(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

int open_descriptors(pid_t process) {
  int count = 0;
  auto* folder = opendir(("/proc/" + std::to_string(process) + "/fd").c_str());
  while (folder != nullptr && readdir(folder) != nullptr) ++count;
  if (folder != nullptr) closedir(folder);
  return count;
}

TEST_F(Lambda, FirstRequestIsAHitBecauseInitHasWarmed) {
  const auto function = start();
  ASSERT_TRUE(runtime.is_waited_on());
  EXPECT_EQ(warm_flags(), 9U);
  const auto answer = answer_to(sample_event("http-api-request.json"));
  EXPECT_EQ(answer.status, 200) << function.errors();
  EXPECT_EQ(at(json_of(answer.body), "key").as_string(), "flag-1");
  EXPECT_EQ(at(answer.message, "headers.X-Cache").as_string(), "hit") << function.errors();
}

TEST_F(Lambda, ControlWithoutTimeForWarmingTheFirstRequestIsNoHit) {
  const auto function = start({{"LAMBDA_INIT_WARM_MS", "0"}});
  const auto answer = answer_to(sample_event("http-api-request.json"));
  EXPECT_EQ(answer.status, 200) << function.errors();
  EXPECT_EQ(at(answer.message, "headers.X-Cache").as_string(), "miss");
}

TEST_F(Lambda, WhatInitHadNoTimeForIsWarmedAfterAnAnswer) {
  const auto function = start({{"LAMBDA_INIT_WARM_MS", "0"}});
  EXPECT_TRUE(eventually(20s, [&] {
    answer_to(request_event("/livez"));
    return warm_flags() == 9U;
  })) << function.errors();
}

TEST_F(Lambda, RestRequestIsAnsweredInItsForm) {
  const auto function = start();
  const auto answer = answer_to(sample_event("rest-api-request.json"));
  EXPECT_EQ(answer.status, 200) << function.errors();
  EXPECT_EQ(at(json_of(answer.body), "key").as_string(), "flag-2");
  EXPECT_EQ(at(answer.message, "multiValueHeaders").as_object().at("Content-Type"),
            json_of(R"(["application/json; charset=utf-8"])"));
}

TEST_F(Lambda, LoadBalancerIsAnsweredInBothItsForms) {
  const auto function = start();
  const auto single = answer_to(sample_event("load-balancer-request.json"));
  EXPECT_EQ(at(single.message, "statusDescription").as_string(), "200 OK") << function.errors();
  EXPECT_TRUE(single.message.as_object().contains("headers"));
  const auto lists = answer_to(sample_event("load-balancer-multi-value-request.json"));
  EXPECT_TRUE(lists.message.as_object().contains("multiValueHeaders"));
  EXPECT_EQ(single.body, lists.body);
}

TEST_F(Lambda, AdministratorsChangeIsInForceWithItsAnswer) {
  const auto function = start();
  auto event = json_of(request_event("/api/admin/flags/flag-1", "PATCH"));
  event.as_object()["body"] = R"({"enabled":false})";
  const auto changed = answer_to(boost::json::serialize(event));
  EXPECT_EQ(changed.status, 200) << changed.body << function.errors();
  const auto read = answer_to(sample_event("http-api-request.json"));
  EXPECT_EQ(at(json_of(read.body), "enabled"), boost::json::value(false));
}

TEST_F(Lambda, WarmEventsOfEveryFormWarm) {
  const auto function = start();
  const auto rule = answer_to(sample_event("eventbridge-scheduled-event.json"));
  EXPECT_TRUE(contains(rule.body, warmed_nine)) << rule.body << function.errors();
  EXPECT_TRUE(contains(rule.body, R"("trigger":"scheduled")"));
  const auto scheduler = answer_to(sample_event("eventbridge-scheduler-event.json"));
  EXPECT_TRUE(contains(scheduler.body, warmed_nine)) << scheduler.body;
  const auto own_input = answer_to(R"({"triggerType":"scheduled"})");
  EXPECT_TRUE(contains(own_input.body, warmed_nine)) << own_input.body;
  const auto named = answer_to(sample_event("direct-warm-event.json"));
  EXPECT_TRUE(contains(named.body, R"("warmed":2)")) << named.body;
  const auto three = answer_to(R"({"triggerType":"manual","topN":3})");
  EXPECT_TRUE(contains(three.body, R"("warmed":)")) << three.body;
}

TEST_F(Lambda, ScheduledEventThatIsDeliveredTwiceWarmsOnce) {
  const auto function = start();
  answer_to(sample_event("eventbridge-scheduled-event.json"));
  const auto queries = bulk_queries();
  const auto again = answer_to(sample_event("eventbridge-scheduled-event.json"));
  EXPECT_EQ(at(again.message, "statusCode").as_int64(), 200);
  EXPECT_TRUE(contains(again.body, warmed_nine)) << again.body;
  EXPECT_EQ(bulk_queries(), queries);
  // The control: one that was due later warms again.
  answer_to(sample_event("eventbridge-scheduler-event.json"));
  EXPECT_EQ(bulk_queries(), queries + 1);
  // As the rule of infra/ hands it over, later again.
  for (int delivery = 1; delivery <= 2; ++delivery) {
    answer_to(R"({"triggerType":"scheduled","id":"an-id","time":"2099-01-01T00:00:00Z"})");
    EXPECT_EQ(bulk_queries(), queries + 2) << delivery;
  }
}

TEST_F(Lambda, UnknownEventIsAnErrorAndTheLoopLivesOn) {
  auto function = start();
  const auto result = runtime.result_of(runtime.invoke(sample_event("unknown-event.json")));
  ASSERT_TRUE(result) << function.errors();
  EXPECT_TRUE(result->path.ends_with("/error"));
  EXPECT_EQ(result->error_type, "Hearth.UnknownEvent");
  const auto error = json_of(result->body);
  EXPECT_EQ(names_of(error), "errorMessage errorType stackTrace");
  EXPECT_FALSE(contains(result->body, "never-to-be-logged"));
  EXPECT_EQ(answer_to(request_event("/livez")).status, 200);
  // The log is written by a thread of its own, so an answer may overtake it.
  EXPECT_TRUE(eventually(5s, [&] {
    return contains(function.errors(), R"("requestId":"request-1")");
  })) << function.errors();
  EXPECT_TRUE(eventually(5s, [&] {
    return contains(function.errors(), R"("traceId":"Root=1-request-1")");
  })) << function.errors();
  EXPECT_FALSE(contains(function.errors(), "never-to-be-logged"));
}

TEST_F(Lambda, WrongConfigurationIsAnInitError) {
  auto function = start({{"CACHE_TTL_SECONDS", "never"}});
  const auto result = runtime.result_of("init");
  ASSERT_TRUE(result) << function.errors();
  EXPECT_EQ(result->error_type, "Hearth.InitError");
  EXPECT_TRUE(contains(result->body, "CACHE_TTL_SECONDS")) << result->body;
  EXPECT_EQ(function.process().wait(10s), 2);
}

TEST_F(Lambda, BinaryWithTheNameBootstrapIsTheFunction) {
  const test_support::TemporaryDirectory folder;
  const auto link = folder.path() / "bootstrap";
  std::filesystem::create_symlink(test_support::hearth_binary(), link);
  const HearthFunction function(function_environment(), {link.string()});
  EXPECT_EQ(answer_to(request_event("/livez")).status, 200) << function.errors();
}

TEST_F(Lambda, AnswerThatIsTooLargeIsReplacedByOneThatSaysSo) {
  execute(database,
          "INSERT INTO feature_flags (flag_key, environment, enabled, rollout_percentage, "
          "description) SELECT repeat('k', 90) || i, 'production', true, 100, '' "
          "FROM generate_series(1, 65000) AS i");
  const auto function = start({{"CACHE_WARMING_ENABLED", "false"}});
  const auto answer = answer_to(request_event("/api/config/flags"), 30s);
  EXPECT_EQ(answer.status, 502) << function.errors();
  EXPECT_TRUE(contains(answer.body, "RESPONSE_TOO_LARGE")) << answer.body.substr(0, 200);
  // The control: half of it is sent, but not through a load balancer.
  execute(database, "DELETE FROM feature_flags WHERE version % 2 = 0");
  EXPECT_EQ(answer_to(request_event("/api/config/flags"), 30s).status, 200);
  auto through_load_balancer = json_of(sample_event("load-balancer-request.json"));
  through_load_balancer.at("path") = "/api/config/flags";
  EXPECT_EQ(answer_to(boost::json::serialize(through_load_balancer), 30s).status, 502);
}

TEST_F(Lambda, RequestThatWouldOutlastItsInvocationIsAnsweredInTime) {
  const auto function = start();
  ASSERT_TRUE(runtime.is_waited_on());
  HeldFlags held(database);
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = answer_to(request_event("/api/config/flags"), 1s);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);
  EXPECT_EQ(answer.status, 503) << answer.body << function.errors();
  held.release();
  EXPECT_EQ(answer_to(request_event("/api/config/flags")).status, 200) << function.errors();
}

TEST_F(Lambda, WarmEventThatWouldOutlastItsInvocationIsAnsweredInTime) {
  const auto function = start();
  ASSERT_TRUE(runtime.is_waited_on());
  const HeldFlags held(database);
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = answer_to(R"({"triggerType":"scheduled"})", 1s);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);
  EXPECT_TRUE(contains(answer.body, R"("warmed":0)")) << answer.body;
}

TEST_F(Lambda, AnswerIsPostedAgainAfterACutAndAfterA500) {
  const auto function = start();
  ASSERT_TRUE(runtime.is_waited_on());
  for (const int status : {0, 500}) {
    const auto before = runtime.posts();
    runtime.fail_posts(2, status);
    EXPECT_EQ(answer_to(request_event("/livez")).status, 200) << function.errors();
    EXPECT_EQ(runtime.posts(), before + 3);
  }
}

TEST_F(Lambda, ConnectionThatIsCutWhileItWaitsIsMadeAnew) {
  const auto function = start();
  ASSERT_TRUE(runtime.is_waited_on());
  runtime.cut();
  EXPECT_EQ(answer_to(request_event("/livez")).status, 200) << function.errors();
}

TEST_F(Lambda, BrokenRuntimeApiEndsTheProcess) {
  auto function = start();
  ASSERT_TRUE(runtime.is_waited_on());
  runtime.fail_next(500);
  EXPECT_EQ(function.process().wait(10s), 1) << function.errors();
}

TEST_F(Lambda, CountedReadsAreWrittenBetweenInvocations) {
  const auto function = start();
  answer_to(sample_event("http-api-request.json"));
  const auto counted = [&] {
    return execute(database, "SELECT coalesce(sum(request_count), 0) FROM feature_flag_access")
               .at(0)
               .at(0) == "1";
  };
  EXPECT_TRUE(eventually(10s, counted)) << function.errors();
}

TEST_F(Lambda, ThousandInvocationsLeaveNothingBehind) {
  auto function = start();
  const auto invoke_often = [&](int count) {
    std::string last;
    const auto event = sample_event("http-api-request.json");
    for (int i = 0; i < count; ++i) last = runtime.invoke(event);
    return runtime.result_of(last, 40s).has_value() && runtime.is_waited_on();
  };
  ASSERT_TRUE(invoke_often(300)) << function.errors();
  const auto pid = function.process().pid();
  const auto memory = resident_memory(pid);
  const auto descriptors = open_descriptors(pid);
  ASSERT_GT(memory, 0);
  ASSERT_TRUE(invoke_often(1'000)) << function.errors();
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // A sanitizer keeps freed memory back; there its own search for leaks decides.
  EXPECT_LT(resident_memory(pid), memory + 2'048);
#endif
  EXPECT_LE(open_descriptors(pid), descriptors + 1);
}

}  // namespace
}  // namespace hearth::functional
