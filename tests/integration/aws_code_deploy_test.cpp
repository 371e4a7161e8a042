#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>

#include "adapters/aws/code_deploy.hpp"
#include "support/aws_signature.hpp"
#include "support/code_deploy_stand_in.hpp"

namespace hearth {
namespace {

using adapters::aws::CodeDeploySettings;
using adapters::aws::HookStatus;
using adapters::aws::LifecycleHook;
using adapters::aws::put_hook_status;
using domain::ErrorCode;
using test_support::aws_signature;
using test_support::AwsIdentity;
using test_support::CodeDeployStandIn;
using test_support::ReceivedRequest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Behaviour = CodeDeployStandIn::Behaviour;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

const AwsIdentity function_role{.access_key_id = "ASIAEXAMPLEOFAKEYID1",
                                .secret_access_key = "an/example+of/a+secret=access=key",
                                .session_token = "an/example//of+a+session==token",
                                .region = "eu-central-1"};
const LifecycleHook hook{.deployment_id = "d-EXAMPLE1", .execution_id = "execution \"1\""};
const CodeDeployStandIn::TakenStatus succeeded{
    .deployment_id = "d-EXAMPLE1", .execution_id = "execution \"1\"", .status = "Succeeded"};

CodeDeploySettings settings_for(const CodeDeployStandIn& stand_in,
                                const AwsIdentity& identity = function_role) {
  return {
      .endpoint = stand_in.url(),
      .region = identity.region,
      .credentials = {identity.access_key_id, identity.secret_access_key, identity.session_token},
      .certificate_bundle = {}};
}

domain::Result<void> report(const CodeDeploySettings& settings,
                            HookStatus status = HookStatus::succeeded,
                            std::chrono::milliseconds limit = 20s) {
  return put_hook_status(settings, hook, status, steady_clock::now() + limit);
}

std::string message_of(const domain::Result<void>& result) {
  return result ? "no error" : result.error().message;
}

TEST(AwsSignature, OfThePublishedExampleIsThePublishedOne) {
  // The worked example of AWS's documentation of Signature Version 4 (IAM, ListUsers).
  const ReceivedRequest request{
      .method = "GET",
      .path = "/",
      .query = "Action=ListUsers&Version=2010-05-08",
      .headers = {{"Host", "iam.amazonaws.com"},
                  {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                  {"X-Amz-Date", "20150830T123600Z"}},
      .body = ""};
  const AwsIdentity identity{.access_key_id = "AKIDEXAMPLE",
                             .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                             .session_token = "",
                             .region = "us-east-1"};
  EXPECT_EQ(
      aws_signature(request, identity, "iam", "content-type;host;x-amz-date", "20150830T123600Z"),
      "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST(CodeDeploy, StatusArrivesSigned) {
  const CodeDeployStandIn stand_in(function_role);
  const auto result = report(settings_for(stand_in));
  EXPECT_TRUE(result) << message_of(result);
  EXPECT_THAT(stand_in.taken(), ElementsAre(succeeded));
  EXPECT_THAT(stand_in.mistakes(), IsEmpty());
  EXPECT_EQ(stand_in.attempts(), 1U);
}

TEST(CodeDeploy, FailedIsToldAsFailed) {
  const CodeDeployStandIn stand_in(function_role);
  ASSERT_TRUE(report(settings_for(stand_in), HookStatus::failed));
  ASSERT_EQ(stand_in.taken().size(), 1U);
  EXPECT_EQ(stand_in.taken().front().status, "Failed");
}

TEST(CodeDeploy, PermanentCredentialsSignWithoutAToken) {
  auto user = function_role;
  user.session_token = "";
  const CodeDeployStandIn stand_in(user);
  const auto result = report(settings_for(stand_in, user));
  EXPECT_TRUE(result) << message_of(result);
  EXPECT_EQ(stand_in.taken().size(), 1U);
}

TEST(CodeDeploy, ThrottledAndFailingIsTriedAgainUntilOneStatusIsTaken) {
  const CodeDeployStandIn stand_in(
      function_role, {Behaviour::throttle, Behaviour::fail, Behaviour::cut, Behaviour::throttle});
  const auto result = report(settings_for(stand_in));
  EXPECT_TRUE(result) << message_of(result);
  EXPECT_THAT(stand_in.taken(), ElementsAre(succeeded));
  EXPECT_THAT(stand_in.mistakes(), IsEmpty()) << "every attempt is signed";
  EXPECT_EQ(stand_in.attempts(), 5U);
}

TEST(CodeDeploy, LostAnswerIsNoSecondStatus) {
  const CodeDeployStandIn stand_in(function_role, {Behaviour::take_and_cut});
  const auto result = report(settings_for(stand_in));
  EXPECT_TRUE(result) << message_of(result);
  EXPECT_THAT(stand_in.taken(), ElementsAre(succeeded));
  EXPECT_EQ(stand_in.attempts(), 2U);
}

TEST(CodeDeploy, HangingAttemptIsCutOffAndRepeated) {
  const CodeDeployStandIn stand_in(function_role, {Behaviour::hang});
  auto settings = settings_for(stand_in);
  settings.attempt_timeout = 200ms;
  const auto result = report(settings);
  EXPECT_TRUE(result) << message_of(result);
  EXPECT_THAT(stand_in.taken(), ElementsAre(succeeded));
}

TEST(CodeDeploy, DeadlineEndsTheAttempts) {
  for (const auto behaviour : {Behaviour::throttle, Behaviour::hang}) {
    const CodeDeployStandIn stand_in(function_role, {}, behaviour);
    const auto begin = steady_clock::now();
    const auto result = report(settings_for(stand_in), HookStatus::succeeded, 700ms);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::deadline_exceeded);
    EXPECT_LT(steady_clock::now() - begin, 2s);
    EXPECT_GE(stand_in.attempts(), 1U);
    EXPECT_THAT(stand_in.taken(), IsEmpty());
  }
}

TEST(CodeDeploy, NobodyListeningIsToldInTime) {
  CodeDeploySettings settings;
  {
    const CodeDeployStandIn gone(function_role);
    settings = settings_for(gone);
  }
  const auto result = report(settings, HookStatus::succeeded, 500ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::deadline_exceeded);
  EXPECT_THAT(result.error().message, HasSubstr("no answer"));
}

// Controls: the stand-in lets nobody in whose signature is wrong in any one part.

class CodeDeployRefused : public testing::TestWithParam<std::string AwsIdentity::*> {};

TEST_P(CodeDeployRefused, WithOneWrongPartOfTheIdentity) {
  auto other = function_role;
  other.*GetParam() += "x";
  const CodeDeployStandIn stand_in(function_role);
  const auto result = report(settings_for(stand_in, other));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::misconfigured);
  EXPECT_THAT(result.error().message, HasSubstr("InvalidSignatureException"));
  EXPECT_THAT(result.error().message, Not(HasSubstr(function_role.secret_access_key)));
  EXPECT_THAT(stand_in.taken(), IsEmpty());
  EXPECT_EQ(stand_in.attempts(), 1U) << "what is refused is not tried again";
}

std::string name_of_part(const testing::TestParamInfo<std::string AwsIdentity::*>& part) {
  constexpr std::array names = {"AccessKeyId", "SecretAccessKey", "SessionToken", "Region"};
  return names.at(part.index);
}

INSTANTIATE_TEST_SUITE_P(Identity, CodeDeployRefused,
                         testing::Values(&AwsIdentity::access_key_id,
                                         &AwsIdentity::secret_access_key,
                                         &AwsIdentity::session_token, &AwsIdentity::region),
                         name_of_part);

TEST(AwsSignature, ChangedBodyDoesNotMatch) {
  ReceivedRequest request{.method = "POST",
                          .path = "/",
                          .query = "",
                          .headers = {{"Host", "codedeploy"}},
                          .body = R"({"status":"Failed"})"};
  const auto original =
      aws_signature(request, function_role, "codedeploy", "host", "20260101T000000Z");
  request.body = R"({"status":"Succeeded"})";
  EXPECT_NE(aws_signature(request, function_role, "codedeploy", "host", "20260101T000000Z"),
            original);
}

}  // namespace
}  // namespace hearth
