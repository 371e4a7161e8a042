#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "adapters/lambda/base64.hpp"
#include "adapters/lambda/event.hpp"
#include "domain/iso_8601.hpp"

namespace hearth::adapters::lambda {
namespace {

namespace json = boost::json;
using domain::ErrorCode;

std::string sample(const std::string& file) {
  std::ifstream stream(std::string(HEARTH_LAMBDA_EVENTS) + "/" + file);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

template <class T>
T recognised(const std::string& text) {
  auto event = recognise_event(text);
  EXPECT_TRUE(event) << (event ? "" : event.error().message);
  EXPECT_TRUE(event && std::holds_alternative<T>(*event)) << text;
  return event && std::holds_alternative<T>(*event) ? std::get<T>(std::move(*event)) : T{};
}

std::string header(const HttpEvent& event, std::string_view name) {
  for (const auto& [known, value] : event.headers) {
    if (known == name) return value;
  }
  return "";
}

/// A sample with one member changed.
std::string changed(const std::string& file, const std::string& member, const std::string& value) {
  auto event = json::parse(sample(file));
  event.as_object()[member] = json::parse(value);
  return json::serialize(event);
}

TEST(EventRecognition, TakesAnHttpApiRequest) {
  const auto event = recognised<HttpEvent>(sample("http-api-request.json"));
  EXPECT_EQ(event.format, HttpFormat::http_api);
  EXPECT_EQ(event.method, "GET");
  EXPECT_EQ(event.target, "/api/config/flags/flag-1?environment=production");
  EXPECT_EQ(header(event, "accept"), "application/json, text/plain");
  EXPECT_FALSE(event.multiple_values);
}

TEST(EventRecognition, TakesARestRequest) {
  const auto event = recognised<HttpEvent>(sample("rest-api-request.json"));
  EXPECT_EQ(event.format, HttpFormat::rest_api);
  EXPECT_EQ(event.method, "GET");
  EXPECT_EQ(event.target, "/api/config/flags/flag-2?environment=production");
  EXPECT_EQ(header(event, "X-Forwarded-For"), "192.0.2.7");
  EXPECT_EQ(event.body, "");
}

TEST(EventRecognition, TakesBothFormsOfALoadBalancer) {
  const auto single = recognised<HttpEvent>(sample("load-balancer-request.json"));
  const auto lists = recognised<HttpEvent>(sample("load-balancer-multi-value-request.json"));
  EXPECT_EQ(single.format, HttpFormat::load_balancer);
  EXPECT_EQ(lists.format, HttpFormat::load_balancer);
  EXPECT_FALSE(single.multiple_values);
  EXPECT_TRUE(lists.multiple_values);
  EXPECT_EQ(single.target, "/api/config/flags/flag-3?environment=production");
  EXPECT_EQ(lists.target, single.target);
  EXPECT_EQ(lists.headers, single.headers);
}

TEST(EventRecognition, DecodesABodyThatIsBase64) {
  auto event = json::parse(sample("http-api-request.json"));
  event.as_object()["body"] = encode_base64("{\"enabled\":true}");
  event.as_object()["isBase64Encoded"] = true;
  EXPECT_EQ(recognised<HttpEvent>(json::serialize(event)).body, "{\"enabled\":true}");

  event.as_object()["body"] = "no base64!";
  EXPECT_EQ(recognise_event(json::serialize(event)).error().code, ErrorCode::validation);
}

TEST(EventRecognition, EncodesWhatPayloadOneHasDecoded) {
  const auto event =
      recognised<HttpEvent>(changed("rest-api-request.json", "multiValueQueryStringParameters",
                                    R"({"userId":["a&b=c d","second"]})"));
  EXPECT_EQ(event.target, "/api/config/flags/flag-2?userId=a%26b%3Dc%20d&userId=second");
}

TEST(EventRecognition, LeavesALoadBalancersParametersAsTheClientSentThem) {
  const auto event = recognised<HttpEvent>(
      changed("load-balancer-request.json", "queryStringParameters", R"({"userId":"a%26b"})"));
  EXPECT_EQ(event.target, "/api/config/flags/flag-3?userId=a%26b");
}

TEST(EventRecognition, TakesTheStageOffThePathOfPayloadTwo) {
  auto event = json::parse(sample("http-api-request.json"));
  event.at("requestContext").at("stage") = "live";
  event.at("rawPath") = "/live/livez";
  event.at("rawQueryString") = "";
  EXPECT_EQ(recognised<HttpEvent>(json::serialize(event)).target, "/livez");
  event.at("rawPath") = "/lively";
  EXPECT_EQ(recognised<HttpEvent>(json::serialize(event)).target, "/lively");
}

TEST(EventRecognition, TakesARuleOfEventBridge) {
  const auto event = recognised<WarmEvent>(sample("eventbridge-scheduled-event.json"));
  EXPECT_EQ(event.trigger, application::WarmTrigger::scheduled);
  EXPECT_EQ(event.id, "cdc73f9d-aea9-11e3-9d5a-835b769c0d9c");
  ASSERT_TRUE(event.scheduled_for);
  EXPECT_EQ(*event.scheduled_for,
            domain::Timestamp(std::chrono::sys_days{std::chrono::March / 1 / 2026} +
                              std::chrono::hours(12)));
  EXPECT_FALSE(event.keys);
}

TEST(EventRecognition, TakesTheSchedulersDefaultInputWhoseDetailIsAString) {
  const auto event = recognised<WarmEvent>(sample("eventbridge-scheduler-event.json"));
  EXPECT_EQ(event.trigger, application::WarmTrigger::scheduled);
  EXPECT_TRUE(event.scheduled_for);
}

TEST(EventRecognition, TakesTheChoiceInADetailAsAnObjectAndAsItsText) {
  for (const auto* detail : {R"({"topN":5})", R"("{\"topN\":5}")"}) {
    const auto event =
        recognised<WarmEvent>(changed("eventbridge-scheduler-event.json", "detail", detail));
    EXPECT_EQ(event.top_n, 5U) << detail;
  }
  EXPECT_FALSE(
      recognise_event(changed("eventbridge-scheduler-event.json", "detail", R"("no json")")));
}

TEST(EventRecognition, TakesADirectInvocation) {
  const auto event = recognised<WarmEvent>(sample("direct-warm-event.json"));
  EXPECT_EQ(event.trigger, application::WarmTrigger::manual);
  ASSERT_TRUE(event.keys);
  EXPECT_EQ(event.keys->size(), 2U);
  const auto top = recognised<WarmEvent>(R"({"triggerType":"cold-start","topN":7})");
  EXPECT_EQ(top.trigger, application::WarmTrigger::cold_start);
  EXPECT_EQ(top.top_n, 7U);
}

// As the rule of infra/ is delivered, each time with the same id and time.
TEST(EventRecognition, TakesWhatARuleMakesOfItsEvent) {
  const auto event = recognised<WarmEvent>(
      R"({"triggerType":"scheduled","id":"an-id","time":"2026-01-02T03:04:05Z"})");
  EXPECT_EQ(event.trigger, application::WarmTrigger::scheduled);
  EXPECT_EQ(event.id, "an-id");
  EXPECT_EQ(event.scheduled_for, domain::parse_iso_8601_seconds("2026-01-02T03:04:05Z"));
  // The controls: a time that is none, and a run that is not by a schedule.
  for (const auto* other : {R"({"triggerType":"scheduled","time":"2026-1-02T03:04:05Zzz"})",
                            R"({"triggerType":"manual","time":"2026-01-02T03:04:05Z"})"}) {
    EXPECT_FALSE(recognised<WarmEvent>(other).scheduled_for) << other;
  }
}

TEST(EventRecognition, RefusesADirectInvocationThatAsksForNothingThatThereIs) {
  for (const auto* wrong :
       {R"({"triggerType":"sometimes"})", R"({"triggerType":"manual","flagKeys":[]})",
        R"({"triggerType":"manual","flagKeys":["a b"]})",
        R"({"triggerType":"manual","flagKeys":[1]})", R"({"triggerType":"manual","topN":0})",
        R"({"triggerType":"manual","topN":"5"})"}) {
    const auto event = recognise_event(wrong);
    ASSERT_FALSE(event) << wrong;
    EXPECT_EQ(event.error().code, ErrorCode::validation);
  }
}

TEST(EventRecognition, TakesADeploymentsHook) {
  const auto event = recognised<DeploymentHookEvent>(sample("codedeploy-hook-event.json"));
  EXPECT_EQ(event.deployment_id, "d-EXAMPLE01");
  EXPECT_EQ(event.execution_id, "eyJlbmNyeXB0ZWREYXRhIjoiZXhhbXBsZSJ9");
}

TEST(EventRecognition, RefusesWhatItDoesNotKnowWithoutRepeatingIt) {
  for (const auto& text : {sample("unknown-event.json"), std::string("{}"), std::string("[]"),
                           std::string("null"), std::string("never-to-be-logged"), std::string(),
                           std::string(R"({"source":"aws.s3","detail-type":"Scheduled Event"})")}) {
    const auto event = recognise_event(text);
    ASSERT_FALSE(event) << text;
    EXPECT_EQ(event.error().code, ErrorCode::validation);
    EXPECT_EQ(event.error().message.find("never-to-be-logged"), std::string::npos);
  }
}

// RFC 4648, section 10.
TEST(Base64, EncodesAndDecodesTheVectorsOfItsSpecification) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
  for (const auto* wrong : {"Zg=", "Z===", "Zg==Zg==", "Zm9\n"}) {
    EXPECT_FALSE(decode_base64(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace hearth::adapters::lambda
