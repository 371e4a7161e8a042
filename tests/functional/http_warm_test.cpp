#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "functional/http_server_fixture.hpp"

namespace hearth::functional {
namespace {

using testing::MatchesRegex;

class HttpWarm : public HttpServerTest {
 protected:
  static test_support::HttpResponse warm(std::string_view body, std::string_view query = {}) {
    return server().request("POST", "/api/admin/cache/warm" + std::string(query), admin(), body);
  }
  static boost::json::value record_of(const test_support::HttpResponse& response) {
    return json_of(get(response.header("Location"), admin()));
  }
};

TEST_F(HttpWarm, WithoutABodyWarmsTheHottestFlags) {
  const auto response = warm("");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, MatchesRegex(R"(\{"warmed":[0-9]+,"duration":[0-9]+(\.[0-9]+)?\})"));
  const auto warmed = at(json_of(response), "warmed").as_int64();
  EXPECT_GE(warmed, 1);
  EXPECT_LE(warmed, 20);
  EXPECT_GT(at(json_of(response), "duration").to_number<double>(), 0);
}

TEST_F(HttpWarm, EmptyObjectWarmsTheHottestFlagsToo) {
  const auto response = warm("{}");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(names_of(json_of(response)), "warmed duration");
  EXPECT_GE(at(json_of(response), "warmed").as_int64(), 1);
}

TEST_F(HttpWarm, NamedKeysWarmExactlyThose) {
  const auto response = warm(R"({"flagKeys":["seed-6","seed-7","no-such-flag","seed-6"]})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(at(json_of(response), "warmed"), 2);
  EXPECT_EQ(read_flag(server(), "seed-6").header("X-Cache"), "hit");
  EXPECT_EQ(read_flag(server(), "seed-7").header("X-Cache"), "hit");
  const auto record = record_of(response);
  EXPECT_EQ(at(record, "requested"), 3);
  EXPECT_EQ(at(record, "missing"), 1);
  EXPECT_EQ(at(record, "failed"), 0);
}

TEST_F(HttpWarm, LocationLeadsToTheRecordOfTheRun) {
  constexpr auto body = R"({"flagKeys":["seed-8"]})";
  constexpr auto query = "?environment=untouched";
  const auto response = warm(body, query);
  const auto record = get(response.header("Location"), admin());
  EXPECT_EQ(record.status, 200);
  EXPECT_THAT(record.body,
              MatchesRegex(
                  R"(\{"id":"[0-9a-f]{16}","trigger":"manual","environment":"untouched",)"
                  R"("started":"[0-9T:.-]+Z","duration":[0-9.]+,"queryDuration":[0-9.]+,)"
                  R"("pipelineDuration":[0-9.]+,"requested":1,"written":1,"unchanged":0,"newer":0,)"
                  R"("missing":0,"failed":0,"error":null\})"));
  const auto again = record_of(warm(body, query));
  EXPECT_EQ(at(again, "written"), 0);
  EXPECT_EQ(at(again, "unchanged"), 1);
  EXPECT_EQ(at(json_of(response), "duration"), at(json_of(record), "duration"));

  const auto list = json_of(get("/api/admin/cache/warmings?environment=untouched", admin()));
  EXPECT_EQ(names_of(list), "warmings");
  // The newest run stands first.
  EXPECT_EQ(at(list, "warmings").as_array().at(0), again);
  EXPECT_EQ(at(list, "warmings").as_array().at(1), json_of(record));
}

TEST_F(HttpWarm, DisabledFlagThatIsNamedIsWarmed) {
  ASSERT_EQ(create_flag(server(), R"({"key":"off","enabled":false})").status, 201);
  EXPECT_EQ(at(json_of(warm(R"({"flagKeys":["off"]})")), "warmed"), 1);
}

TEST_F(HttpWarm, EnvironmentOfTheQueryIsTheOneWarmed) {
  ASSERT_EQ(server()
                .request("POST", "/api/admin/flags?environment=warm-env", admin(),
                         R"({"key":"there","enabled":true})")
                .status,
            201);
  const auto response = warm("", "?environment=warm-env");
  EXPECT_EQ(at(json_of(response), "warmed"), 1);
  EXPECT_EQ(at(record_of(response), "environment"), "warm-env");
}

TEST_F(HttpWarm, UnknownRunIs404) {
  expect_error(get("/api/admin/cache/warmings/0000000000000000", admin()), 404, "NOT_FOUND");
  expect_error(get("/api/admin/cache/warmings/%00", admin()), 404, "NOT_FOUND");
}

TEST_F(HttpWarm, BadRequestsAre400AndNothingIsWarmed) {
  const auto runs = [] {
    return at(json_of(get("/api/admin/cache/warmings", admin())), "warmings").as_array().size();
  };
  const auto before = runs();
  const auto refused = [](std::string_view body, std::string_view part) {
    expect_error(warm(body), 400, "VALIDATION_ERROR", part);
  };
  refused(R"({"flagKeys":[]})", "flagKeys names 1 to 1000 flags");
  refused(R"({"flagKeys":["a",1]})", "flagKeys holds what is no text");
  refused(R"({"flagKeys":["a/b"]})", "character 2 is '/'");
  refused(R"({"flagKeys":[""]})", "this one is empty");
  refused(R"({"flagKeys":"a"})", "flagKeys is an array");
  refused(R"({"flagKeys":null})", "flagKeys is an array");
  refused(R"({"flagKeys":{"a":1}})", "flagKeys is an array");
  refused(R"({"keys":["a"]})", "Unknown member 'keys'; the members are flagKeys");
  refused(R"(["a"])", "This is no JSON object");
  refused("null", "This is no JSON object");
  refused("nonsense", "This is not valid JSON");

  std::string many = R"({"flagKeys":["k0")";
  for (int i = 1; i < 1000; ++i) many += ",\"k" + std::to_string(i) + "\"";
  refused(many + R"(,"one-too-many"]})", "flagKeys names 1 to 1000 flags");
  EXPECT_EQ(runs(), before);
  const auto response = warm(many + "]}");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(at(record_of(response), "missing"), 1000);
}

}  // namespace
}  // namespace hearth::functional
