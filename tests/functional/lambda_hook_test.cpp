#include <gtest/gtest.h>

#include <sstream>

#include "functional/lambda_fixture.hpp"
#include "support/code_deploy_stand_in.hpp"
#include "support/embedded_metric_format.hpp"
#include "support/eventually.hpp"

namespace hearth::functional {
namespace {

using test_support::AwsIdentity;
using test_support::CodeDeployStandIn;
using test_support::Environment;
using test_support::eventually;
using namespace std::chrono_literals;

AwsIdentity identity() {
  AwsIdentity known;
  known.access_key_id = "AKIDEXAMPLE";
  known.secret_access_key = "function-secret";
  known.session_token = "function-session-token";
  known.region = "eu-north-1";
  return known;
}

/// A deployment waits for the function.
class LambdaHook : public LambdaTest {
 protected:
  [[nodiscard]] static Environment hook_settings(const CodeDeployStandIn& deployments) {
    const auto known = identity();
    return {{"AWS_ACCESS_KEY_ID", known.access_key_id},
            {"AWS_SECRET_ACCESS_KEY", known.secret_access_key},
            {"AWS_SESSION_TOKEN", known.session_token},
            {"AWS_REGION", known.region},
            {"AWS_ENDPOINT_URL_CODEDEPLOY", deployments.url()}};
  }

  static void expect_succeeded(const CodeDeployStandIn& deployments) {
    const auto taken = deployments.taken();
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken.front().deployment_id, "d-EXAMPLE01");
    EXPECT_EQ(taken.front().status, "Succeeded");
    EXPECT_TRUE(deployments.mistakes().empty());
  }
};

TEST_F(LambdaHook, IsWarmedForAndToldThroughThrottling) {
  const CodeDeployStandIn deployments(identity(), {CodeDeployStandIn::Behaviour::throttle});
  const auto function = start(hook_settings(deployments));
  const auto result = runtime.result_of(runtime.invoke(sample_event("codedeploy-hook-event.json")));
  ASSERT_TRUE(result) << function.errors();
  EXPECT_EQ(result->body, R"({"status":"Succeeded"})") << function.errors();
  expect_succeeded(deployments);
  EXPECT_EQ(deployments.attempts(), 2U);
  EXPECT_EQ(at(marker(), "deploymentId").as_string(), "d-EXAMPLE01");
}

TEST_F(LambdaHook, IsToldThatItSucceededWithABrokenDatabase) {
  const CodeDeployStandIn deployments(identity());
  postgres.stop();
  const auto function = start(hook_settings(deployments));
  const auto result = runtime.result_of(runtime.invoke(sample_event("codedeploy-hook-event.json")));
  ASSERT_TRUE(result) << function.errors();
  EXPECT_EQ(result->body, R"({"status":"Succeeded"})") << function.errors();
  expect_succeeded(deployments);
}

TEST_F(LambdaHook, RunsAndLookupsAreToldToCloudWatch) {
  const auto function = start();
  answer_to(sample_event("http-api-request.json"));
  const auto told = [&](std::string_view metric) {
    return eventually(10s, [&] { return function.output().find(metric) != std::string::npos; });
  };
  EXPECT_TRUE(told("cache_warming_duration")) << function.output();
  EXPECT_TRUE(told("\"cache_hits\":1")) << function.output();
  std::istringstream lines(function.output());
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(test_support::embedded_metric_mistake(line), "") << line;
  }
}

}  // namespace
}  // namespace hearth::functional
