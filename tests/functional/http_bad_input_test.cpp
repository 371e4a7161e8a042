#include <gtest/gtest.h>

#include "functional/http_server_fixture.hpp"

namespace hearth::functional {
namespace {

/// Every case asserts what is answered, and that nothing has changed by reading back.
class HttpBadInput : public HttpServerTest {
 protected:
  void SetUp() override {
    const auto created = create_flag(
        server(), R"({"key":"victim","enabled":true,"rolloutPercentage":40,"description":"d"})");
    ASSERT_TRUE(created.status == 201 || created.status == 409) << created.body;
    before_ = stored("victim");
  }
  void TearDown() override {
    EXPECT_EQ(stored("victim"), before_);
    EXPECT_EQ(get("/api/admin/flags/bad", admin()).status, 404);
  }

  static void refuses_create(std::string_view body, std::string_view part) {
    SCOPED_TRACE(body.substr(0, 200));
    expect_error(create_flag(server(), body), 400, "VALIDATION_ERROR", part);
  }
  static void refuses_patch(std::string_view body, std::string_view part) {
    SCOPED_TRACE(body.substr(0, 200));
    expect_error(patch_flag(server(), "victim", body), 400, "VALIDATION_ERROR", part);
  }
  /// A flag called `bad` with this besides its key.
  static std::string bad_flag(const std::string& more) { return R"({"key":"bad",)" + more + "}"; }

 private:
  std::string before_;
};

TEST_F(HttpBadInput, WhatIsNoJsonObjectIsRefused) {
  for (const auto* body : {"{", "}", "{\"key\":\"bad\"", "nonsense", "{'key':'bad'}",
                           "{\"key\":\"bad\",}", "{\"key\":\"bad\"} trailing", "\xEF\xBB\xBF{}"}) {
    refuses_create(body, "This is not valid JSON");
    refuses_patch(body, "This is not valid JSON");
  }
  for (const auto* body : {"[]", R"([{"key":"bad"}])", "null", "true", "42", R"("bad")"}) {
    refuses_create(body, "This is no JSON object");
    refuses_patch(body, "This is no JSON object");
  }
  refuses_create("{}", "The member 'key' is missing");
  refuses_patch("{}", "Nothing to change");
}

TEST_F(HttpBadInput, EmptyBodyThatIsAnnouncedIsRefused) {
  const auto headers = admin("Content-Length", "0");
  expect_error(server().request("POST", "/api/admin/flags", headers), 400, "VALIDATION_ERROR",
               "This is not valid JSON");
  expect_error(server().request("PATCH", "/api/admin/flags/victim", headers), 400,
               "VALIDATION_ERROR", "This is not valid JSON");
}

TEST_F(HttpBadInput, UnknownMembersAreRefusedAndTheKnownOnesNamed) {
  refuses_create(bad_flag(R"("colour":"red")"),
                 "Unknown member 'colour'; the members are key, enabled, rolloutPercentage, "
                 "description");
  refuses_create(bad_flag(R"("Enabled":true)"), "Unknown member 'Enabled'");
  refuses_patch(R"({"enabled":false,"version":7})",
                "Unknown member 'version'; the members are enabled, rolloutPercentage, "
                "description");
  refuses_patch(R"({"key":"other"})", "Unknown member 'key'");
}

TEST_F(HttpBadInput, WrongTypesAreRefused) {
  for (const auto* value : {R"("true")", "1", "null", "[]", "{}"}) {
    refuses_create(bad_flag(R"("enabled":)" + std::string(value)), "enabled is true or false");
    refuses_patch(R"({"enabled":)" + std::string(value) + "}", "enabled is true or false");
  }
  for (const auto* value : {"1", "null", "true", "[]", "{}"}) {
    refuses_create(bad_flag(R"("description":)" + std::string(value)), "description is a text");
    refuses_create(R"({"key":)" + std::string(value) + "}", "key is a text");
  }
}

TEST_F(HttpBadInput, RolloutPercentageIsAWholeNumberFrom0To100) {
  for (const auto* value :
       {"101", "-1", "50.5", R"("50")", "null", "true", "[50]", "1e2", "9223372036854775807",
        "-9223372036854775808", "99999999999999999999999"}) {
    refuses_create(bad_flag(R"("rolloutPercentage":)" + std::string(value)),
                   "rolloutPercentage is a whole number from 0 to 100");
    refuses_patch(R"({"rolloutPercentage":)" + std::string(value) + "}",
                  "rolloutPercentage is a whole number from 0 to 100");
  }
  // JSON knows neither; 1e400 is beyond what a double holds.
  for (const auto* value : {"1e400", "NaN", "Infinity", "0x10", "+5", "050", "5."}) {
    const auto response =
        patch_flag(server(), "victim", R"({"rolloutPercentage":)" + std::string(value) + "}");
    expect_error(response, 400, "VALIDATION_ERROR");
  }
}

TEST_F(HttpBadInput, KeysOutsideTheRuleAreRefusedInJson) {
  const auto refuse = [](const std::string& key, std::string_view part) {
    refuses_create(R"({"key":")" + key + R"("})", part);
  };
  refuse("", "this one is empty");
  refuse("a b", "character 2 is ' '");
  refuse("a/b", "character 2 is '/'");
  refuse("a:b", "character 2 is ':'");
  refuse("a\\u0000b", "character 2 is byte 0x00");
  refuse("a\\nb", "character 2 is byte 0x0a");
  refuse("\xC3\xBC", "character 1 is byte 0xc3");
  refuse(".", "A flag key is not '.' or '..'");
  refuse("..", "A flag key is not '.' or '..'");
  refuse(std::string(101, 'k'), "this one has 101 characters");
  refuse(std::string(10'000, 'k'), "this one has 10000 characters");
}

TEST_F(HttpBadInput, LongestKeyIsAccepted) {
  const std::string key(100, 'k');
  const auto created = create_flag(server(), R"({"key":")" + key + R"("})").status;
  EXPECT_EQ(created, 201);
  EXPECT_EQ(read_flag(server(), key).status, 200);
}

TEST_F(HttpBadInput, KeysOutsideTheRuleAreRefusedInThePath) {
  for (const auto* key :
       {"a%2Fb", "%2F", "a%20b", "a%00b", "%00", "a%0Ab", "..", "%2e%2e", ".", "%2E", "a%25b",
        "..%2F..%2Fetc%2Fpasswd", "%C3%BC", "a*b", "a%3Ab", "a;b"}) {
    SCOPED_TRACE(key);
    const auto path = std::string(key);
    expect_error(get("/api/config/flags/" + path), 400, "VALIDATION_ERROR", "A flag key is");
    expect_error(get("/api/config/flags/" + path + "/evaluation"), 400, "VALIDATION_ERROR",
                 "A flag key is");
    expect_error(get("/api/admin/flags/" + path, admin()), 400, "VALIDATION_ERROR",
                 "A flag key is");
    expect_error(patch_flag(server(), path, R"({"enabled":false})"), 400, "VALIDATION_ERROR",
                 "A flag key is");
    expect_error(server().request("DELETE", "/api/admin/flags/" + path, admin()), 400,
                 "VALIDATION_ERROR", "A flag key is");
  }
  expect_error(get("/api/config/flags/" + std::string(101, 'k')), 400, "VALIDATION_ERROR",
               "this one has 101 characters");
}

TEST_F(HttpBadInput, TargetsThatAreNoPathAreRefused) {
  for (const auto* target : {"/api/config/flags/a%zz", "/api/config/flags/a%2", "/a|b", "*",
                             "http://[bad", "/api/config/flags/\"", "/\xC3\xBC"}) {
    SCOPED_TRACE(target);
    const auto response = get(target);
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(names_of(json_of(response)), "error message");
  }
}

TEST_F(HttpBadInput, DescriptionHasAtMost2000Characters) {
  refuses_create(bad_flag(R"("description":")" + std::string(2001, 'd') + '"'),
                 "description has at most 2000 characters; this one has 2001");
  refuses_patch(R"({"description":")" + std::string(2001, 'd') + "\"}",
                "description has at most 2000 characters");
  std::string multi_byte;
  for (int i = 0; i < 2000; ++i) multi_byte += "\xF0\x9F\x94\xA5";
  refuses_create(bad_flag(R"("description":")" + multi_byte + "x\""), "this one has 2001");

  const auto created =
      create_flag(server(), R"({"key":"long","description":")" + multi_byte + "\"}");
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(at(json_of(read_flag(server(), "long")), "description").as_string(), multi_byte);
}

TEST_F(HttpBadInput, TextThatIsNoUtf8IsRefused) {
  for (const std::string bytes :
       {"\xFF", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\x80", "\xE2\x82"}) {
    refuses_create(bad_flag(R"("description":"a)" + bytes + "b\""), "");
    refuses_patch(R"({"description":")" + bytes + "\"}", "");
    refuses_create(R"({"key":"bad","de)" + bytes + R"(":"x"})", "");
  }
  for (const auto* escape :
       {"\\ud800", "\\udfff", "\\ud800x", "\\ud800\\u0041", "\\udc00\\ud800"}) {
    refuses_create(bad_flag(R"("description":")" + std::string(escape) + '"'), "");
    refuses_patch(R"({"description":")" + std::string(escape) + "\"}", "");
  }
  refuses_create(bad_flag(R"("description":"a\u0000b")"), "NUL");
  refuses_create(bad_flag("\"description\":\"a\nb\""), "This is not valid JSON");
  EXPECT_EQ(create_flag(server(), R"({"key":"pair","description":"\ud83d\udd25"})").status, 201);
  EXPECT_EQ(at(json_of(stored("pair")), "description").as_string(), "\xF0\x9F\x94\xA5");
}

TEST_F(HttpBadInput, DeeplyNestedJsonIsRefused) {
  constexpr std::size_t levels = 10'000;
  const auto arrays = std::string(levels, '[') + std::string(levels, ']');
  refuses_create(arrays, "This is not valid JSON");
  refuses_create(std::string(levels, '['), "This is not valid JSON");
  refuses_patch(R"({"enabled":)" + arrays + "}", "This is not valid JSON");
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += R"({"a":)";
  refuses_create(objects, "This is not valid JSON");
}

TEST_F(HttpBadInput, MembersThatOccurTwiceNeverLeaveHalfAFlag) {
  // RFC 8259 leaves open which of them counts; here it is the last, and it must be valid.
  ASSERT_EQ(create_flag(server(), R"({"key":"double","enabled":true,"enabled":false})").status,
            201);
  EXPECT_EQ(at(json_of(stored("double")), "enabled"), false);
  refuses_patch(R"({"rolloutPercentage":1,"rolloutPercentage":101})", "from 0 to 100");
}

}  // namespace
}  // namespace hearth::functional
