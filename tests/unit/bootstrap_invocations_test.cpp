#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "bootstrap/invocations.hpp"
#include "bootstrap/lambda.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::bootstrap {
namespace {

using adapters::lambda::DeploymentHookEvent;
using application::deadline_in;
using namespace std::chrono_literals;

constexpr auto hook_event = R"({"DeploymentId":"d-1","LifecycleEventHookExecutionId":"e-1"})";

/// Invocations of an instance without any server: an empty embedded database, or one that there is
/// not.
class InvocationsTest : public testing::Test {
 protected:
  void start(const std::string& database_url) {
    ConfigurationSources sources;
    sources.environment = {{"DATABASE_URL", database_url}, {"LOG_LEVEL", "off"}};
    sources.defaults = lambda_defaults();
    auto loaded = load_configuration(sources);
    ASSERT_TRUE(loaded) << loaded.error().message;
    auto instance = Instance::start(loaded->configuration);
    ASSERT_TRUE(instance) << instance.error().message;
    instance_ = std::move(*instance);
    invocations_ = std::make_unique<Invocations>(
        *instance_, loaded->configuration, [this](const DeploymentHookEvent& event, auto deadline) {
          told_.push_back(event.deployment_id + " " + event.execution_id);
          time_left_ = deadline - std::chrono::steady_clock::now();
          return tells_ ? domain::Result<void>()
                        : domain::fail(domain::ErrorCode::unavailable, "no CodeDeploy");
        });
  }

  void TearDown() override {
    if (instance_) instance_->stop();
  }

  InvocationOutcome invoke(std::string event, std::chrono::milliseconds time = 5s) {
    auto task = invocations_->handle(std::move(event), deadline_in(time));
    return instance_->loop(0).run(std::move(task));
  }

  [[nodiscard]] std::string embedded() const {
    return "sqlite:" + (directory_.path() / "hearth.db").string();
  }

  test_support::TemporaryDirectory directory_;
  std::unique_ptr<Instance> instance_;
  std::unique_ptr<Invocations> invocations_;
  std::vector<std::string> told_;
  std::chrono::nanoseconds time_left_{};
  bool tells_ = true;
};

TEST_F(InvocationsTest, HookIsToldOnceThatItSucceeded) {
  start(embedded());
  const auto outcome = invoke(hook_event);
  EXPECT_FALSE(outcome.error_type) << outcome.body;
  EXPECT_EQ(outcome.body, R"({"status":"Succeeded"})");
  EXPECT_EQ(told_, std::vector<std::string>{"d-1 e-1"});
}

TEST_F(InvocationsTest, HookIsToldThatItSucceededEvenWithABrokenDatabase) {
  start("postgres://nobody@127.0.0.1:1/none");
  const auto outcome = invoke(hook_event);
  EXPECT_FALSE(outcome.error_type) << outcome.body;
  EXPECT_EQ(told_, std::vector<std::string>{"d-1 e-1"});
  EXPECT_GT(time_left_, 1s) << "half of the time is for telling";
}

TEST_F(InvocationsTest, HookThatCannotBeToldIsAnErrorAndIsInvokedAgain) {
  start(embedded());
  tells_ = false;
  const auto outcome = invoke(hook_event);
  EXPECT_EQ(outcome.error_type, "Hearth.DeploymentNotTold");
}

TEST_F(InvocationsTest, BodyOverTheLimitIsRefusedAsByTheServer) {
  start(embedded());
  const auto outcome = invoke(
      R"({"httpMethod":"POST","path":"/api/admin/flags","requestContext":{},"headers":{},"body":")" +
      std::string(70'000, 'x') + "\"}");
  EXPECT_NE(outcome.body.find("\"statusCode\":413"), std::string::npos) << outcome.body;
}

TEST_F(InvocationsTest, WithoutTimeARequestIsAnsweredAllTheSame) {
  start(embedded());
  const auto outcome = invoke(
      R"({"httpMethod":"GET","path":"/api/config/flags","requestContext":{},"headers":{}})", 0ms);
  EXPECT_FALSE(outcome.error_type);
  EXPECT_NE(outcome.body.find("\"statusCode\":503"), std::string::npos) << outcome.body;
}

}  // namespace
}  // namespace hearth::bootstrap
