#include <gtest/gtest.h>

#include "adapters/aws/call_verdict.hpp"

namespace hearth::adapters::aws {
namespace {

CallVerdict verdict_on(int status, std::string_view body = "") {
  return judge(read_answer(status, body));
}

TEST(CallVerdict, SuccessIsAccepted) {
  EXPECT_EQ(verdict_on(200, R"({"lifecycleEventHookExecutionId":"1"})"), CallVerdict::accepted);
}

TEST(CallVerdict, AHookThatHasItsStatusIsAccepted) {
  EXPECT_EQ(verdict_on(400, R"({"__type":"LifecycleEventAlreadyCompletedException"})"),
            CallVerdict::accepted);
}

TEST(CallVerdict, ThrottlingIsTriedAgainWithAndWithoutANamespace) {
  EXPECT_EQ(verdict_on(400, R"({"__type":"ThrottlingException","message":"Rate exceeded"})"),
            CallVerdict::try_again);
  EXPECT_EQ(verdict_on(400, R"({"__type":"com.amazon.coral.availability#ThrottlingException"})"),
            CallVerdict::try_again);
  EXPECT_EQ(verdict_on(429), CallVerdict::try_again);
}

TEST(CallVerdict, FailureOnTheOtherSideIsTriedAgain) {
  for (const int status : {500, 502, 503, 504}) {
    EXPECT_EQ(verdict_on(status, "<html>Bad gateway</html>"), CallVerdict::try_again) << status;
  }
}

TEST(CallVerdict, NoAnswerIsTriedAgainOnlyIfThatCanHelp) {
  CallAnswer answer;
  EXPECT_EQ(judge(answer), CallVerdict::try_again);
  answer.can_help = false;
  EXPECT_EQ(judge(answer), CallVerdict::unreachable);
}

TEST(CallVerdict, WrongSignatureOrRightsAreNotTriedAgain) {
  EXPECT_EQ(verdict_on(400, R"({"__type":"AccessDeniedException"})"), CallVerdict::not_permitted);
  EXPECT_EQ(verdict_on(403, R"({"__type":"InvalidSignatureException"})"),
            CallVerdict::not_permitted);
  EXPECT_EQ(verdict_on(403), CallVerdict::not_permitted);
}

TEST(CallVerdict, OtherMistakesAreNotTriedAgain) {
  EXPECT_EQ(verdict_on(400, R"({"__type":"InvalidDeploymentIdException"})"), CallVerdict::refused);
  EXPECT_EQ(verdict_on(400, R"(["no object"])"), CallVerdict::refused);
  EXPECT_EQ(verdict_on(404), CallVerdict::refused);
  EXPECT_EQ(verdict_on(302), CallVerdict::refused);
}

TEST(CallAnswer, HoldsTheTypeWithoutItsNamespaceAndEitherSpellingOfTheMessage) {
  const auto answer = read_answer(400, R"({"__type":"com.amazonaws#Denied","Message":"why"})");
  EXPECT_EQ(answer.error_type, "Denied");
  EXPECT_EQ(answer.error_message, "why");
}

}  // namespace
}  // namespace hearth::adapters::aws
