#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "adapters/lambda/answer.hpp"

namespace hearth::adapters::lambda {
namespace {

namespace json = boost::json;

HttpAnswer answer_with(std::string body) {
  HttpAnswer answer;
  answer.status = 404;
  answer.reason = "Not Found";
  answer.headers = {{"Content-Type", "application/json"}, {"Vary", "A"}, {"Vary", "B"}};
  answer.body = std::move(body);
  return answer;
}

json::value rendered(HttpFormat format, bool multiple_values, std::string body = "{}") {
  HttpEvent event;
  event.format = format;
  event.multiple_values = multiple_values;
  return json::parse(render_http_answer(event, answer_with(std::move(body))));
}

TEST(HttpAnswerRendering, JoinsHeadersForPayloadTwo) {
  EXPECT_EQ(rendered(HttpFormat::http_api, false),
            json::parse(R"({"statusCode":404,"headers":{"Content-Type":"application/json",
                            "Vary":"A, B"},"body":"{}","isBase64Encoded":false})"));
}

TEST(HttpAnswerRendering, ListsHeadersForPayloadOne) {
  EXPECT_EQ(rendered(HttpFormat::rest_api, true),
            json::parse(R"({"statusCode":404,"multiValueHeaders":{
                            "Content-Type":["application/json"],"Vary":["A","B"]},
                            "body":"{}","isBase64Encoded":false})"));
}

TEST(HttpAnswerRendering, DescribesTheStatusForALoadBalancerInTheFormThatItSent) {
  const auto single = rendered(HttpFormat::load_balancer, false);
  EXPECT_EQ(single.at("statusDescription"), "404 Not Found");
  EXPECT_TRUE(single.as_object().contains("headers"));
  EXPECT_FALSE(single.as_object().contains("multiValueHeaders"));
  const auto lists = rendered(HttpFormat::load_balancer, true);
  EXPECT_TRUE(lists.as_object().contains("multiValueHeaders"));
  EXPECT_FALSE(lists.as_object().contains("headers"));
}

TEST(HttpAnswerRendering, EncodesABodyThatIsNoText) {
  const auto answer = rendered(HttpFormat::http_api, false, "\xff\xfe");
  EXPECT_EQ(answer.at("isBase64Encoded"), true);
  EXPECT_EQ(answer.at("body"), "//4=");
}

TEST(WarmAnswerRendering, HoldsTheThreeMembersAsText) {
  application::WarmReport report{.id = "1",
                                 .trigger = application::WarmTrigger::scheduled,
                                 .environment = domain::Environment::parse("production").value(),
                                 .duration = std::chrono::microseconds(12'600),
                                 .written = 3,
                                 .error = std::nullopt};
  EXPECT_EQ(json::parse(render_warm_answer(report)), json::parse(R"({"statusCode":200,
                            "body":"{\"warmed\":3,\"duration\":13,\"trigger\":\"scheduled\"}"})"));
}

TEST(ErrorRendering, HoldsTheMembersOfTheRuntimeApi) {
  EXPECT_EQ(json::parse(render_error("Hearth.Internal", "a \"quoted\" reason")),
            json::parse(R"({"errorMessage":"a \"quoted\" reason","errorType":"Hearth.Internal",
                            "stackTrace":[]})"));
}

}  // namespace
}  // namespace hearth::adapters::lambda
