#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "adapters/http/bodies.hpp"
#include "adapters/http/error_mapping.hpp"
#include "support/flags.hpp"

namespace hearth::adapters::http {
namespace {

using domain::Error;
using domain::ErrorCode;
using test_support::flag_key;
using test_support::sample_flag;
using testing::HasSubstr;

/// The message of a refused body.
template <class T>
std::string refusal(const domain::Result<T>& result) {
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, ErrorCode::validation);
  return result.error().message;
}

TEST(ParseDraft, AllMembers) {
  const auto draft = parse_draft(
      R"({"key":"a.b","enabled":true,"rolloutPercentage":25,"description":"Ein \u00e9"})");
  ASSERT_TRUE(draft);
  EXPECT_EQ(*draft, (domain::FlagDraft{flag_key("a.b"), true, 25, "Ein \xc3\xa9"}));
}

TEST(ParseDraft, MissingMembersHaveDefaults) {
  EXPECT_EQ(parse_draft(R"({"key":"a"})").value(),
            (domain::FlagDraft{flag_key("a"), false, 100, ""}));
}

TEST(ParseDraft, MistakesAreNamed) {
  const std::pair<const char*, const char*> table[] = {
      {"", "not valid JSON"},
      {"{", "not valid JSON"},
      {R"({"key":"a"} x)", "not valid JSON"},
      {R"({"key":"a",})", "not valid JSON"},
      {"[]", "no JSON object"},
      {"null", "no JSON object"},
      {R"("a")", "no JSON object"},
      {"{}", "'key' is missing"},
      {R"({"key":7})", "key is a text"},
      {R"({"key":null})", "key is a text"},
      {R"({"key":"a b"})", ""},
      {R"({"key":""})", ""},
      {R"({"key":"a","enabled":1})", "enabled is true or false"},
      {R"({"key":"a","enabled":"true"})", "enabled is true or false"},
      {R"({"key":"a","enabled":null})", "enabled is true or false"},
      {R"({"key":"a","rolloutPercentage":"5"})", "rolloutPercentage is a whole number"},
      {R"({"key":"a","rolloutPercentage":5.5})", "rolloutPercentage is a whole number"},
      {R"({"key":"a","rolloutPercentage":101})", ""},
      {R"({"key":"a","rolloutPercentage":-1})", ""},
      {R"({"key":"a","rolloutPercentage":4294967396})", ""},
      {R"({"key":"a","rolloutPercentage":18446744073709551615})", "rolloutPercentage is a whole"},
      {R"({"key":"a","description":7})", "description is a text"},
      {R"({"key":"a","Enabled":true})", "Unknown member 'Enabled'"},
      {R"({"key":"a","version":1})", "key, enabled, rolloutPercentage, description"},
  };
  for (const auto& [body, message] : table) {
    const auto refused = refusal(parse_draft(body));
    EXPECT_NE(refused, "accepted") << body;
    EXPECT_THAT(refused, HasSubstr(message)) << body;
  }
}

TEST(ParseDraft, DeepNestingIsRefused) {
  EXPECT_NE(refusal(parse_draft(std::string(60'000, '['))), "accepted");
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += R"({"key":)";
  EXPECT_NE(refusal(parse_draft(objects)), "accepted");
}

TEST(ParsePatch, AbsentMembersStayAbsent) {
  EXPECT_TRUE(parse_patch("{}").value().empty());
  const auto patch = parse_patch(R"({"rolloutPercentage":0})").value();
  EXPECT_EQ(patch.rollout_percentage, 0);
  EXPECT_FALSE(patch.enabled);
  EXPECT_FALSE(patch.description);
  const auto all =
      parse_patch(R"({"enabled":false,"rolloutPercentage":100,"description":""})").value();
  EXPECT_EQ(all.enabled, false);
  EXPECT_EQ(all.rollout_percentage, 100);
  EXPECT_EQ(all.description, "");
}

TEST(ParsePatch, MistakesAreRefused) {
  EXPECT_THAT(refusal(parse_patch(R"({"key":"b"})")), HasSubstr("Unknown member 'key'"));
  for (const auto* body : {"", "[]", R"({"enabled":"yes"})", R"({"rolloutPercentage":101})",
                           R"({"rolloutPercentage":true})", R"({"description":null})"}) {
    EXPECT_NE(refusal(parse_patch(body)), "accepted") << body;
  }
}

TEST(ParseDrafts, ArrayOfFlags) {
  const auto drafts = parse_drafts(R"([{"key":"a"},{"key":"b","enabled":true}])").value();
  ASSERT_EQ(drafts.size(), 2u);
  EXPECT_EQ(drafts[0].key, flag_key("a"));
  EXPECT_TRUE(drafts[1].enabled);
  EXPECT_TRUE(parse_drafts("[]").value().empty());
}

TEST(ParseDrafts, MistakeNamesItsFlag) {
  EXPECT_THAT(refusal(parse_drafts(R"([{"key":"a"},{"key":"b"},{"key":"c","enabled":1}])")),
              HasSubstr("Flag 3: enabled is true or false"));
  EXPECT_THAT(refusal(parse_drafts("[7]")), HasSubstr("Flag 1: This is no JSON object"));
  EXPECT_NE(refusal(parse_drafts("{}")), "accepted");
  EXPECT_NE(refusal(parse_drafts("")), "accepted");
}

TEST(ParseWarmRequest, AbsentKeysMeanTheHottest) {
  EXPECT_EQ(parse_warm_request("").value(), std::nullopt);
  EXPECT_EQ(parse_warm_request("{}").value(), std::nullopt);
  const auto keys = parse_warm_request(R"({"flagKeys":["a","b"]})").value();
  ASSERT_TRUE(keys);
  EXPECT_EQ(*keys, (std::vector<domain::FlagKey>{flag_key("a"), flag_key("b")}));
}

TEST(ParseWarmRequest, NamesOneToAThousandFlags) {
  const auto request = [](int count) {
    std::string body = R"({"flagKeys":[)";
    for (int i = 0; i < count; ++i) body += (i ? ",\"f" : "\"f") + std::to_string(i) + "\"";
    return body + "]}";
  };
  EXPECT_EQ(parse_warm_request(request(1)).value()->size(), 1u);
  EXPECT_EQ(parse_warm_request(request(1000)).value()->size(), 1000u);
  EXPECT_THAT(refusal(parse_warm_request(request(1001))), HasSubstr("1 to 1000"));
  EXPECT_THAT(refusal(parse_warm_request(request(0))), HasSubstr("1 to 1000"));
}

TEST(ParseWarmRequest, MistakesAreRefused) {
  for (const auto* body :
       {"null", "[]", " ", R"({"flagKeys":null})", R"({"flagKeys":"a"})", R"({"flagKeys":[1]})",
        R"({"flagKeys":["a",null]})", R"({"flagKeys":["a b"]})", R"({"flagKeys":[".."]})",
        R"({"keys":["a"]})"}) {
    EXPECT_NE(refusal(parse_warm_request(body)), "accepted") << body;
  }
}

TEST(ResponseBodies, PublicFlagSaysWhatEverybodyMayKnow) {
  EXPECT_EQ(public_flag(sample_flag("a", 7)),
            R"({"key":"a","enabled":true,"rolloutPercentage":37,"description":"Flag a"})");
}

constexpr std::string_view full_a =
    R"({"key":"a","environment":"production","enabled":true,"rolloutPercentage":37,)"
    R"("description":"Flag a","version":7,"createdAt":"2026-01-01T00:00:00.123Z",)"
    R"("updatedAt":"2026-01-02T00:00:00.456Z"})";

TEST(ResponseBodies, FullFlagHasVersionAndTimes) {
  EXPECT_EQ(full_flag(test_support::environment("production"), sample_flag("a", 7)), full_a);
}

TEST(ResponseBodies, TimesBeforeTheEpochAndWithFewMilliseconds) {
  auto flag = sample_flag("a", 7);
  flag.created_at = domain::Timestamp(std::chrono::milliseconds(-1));
  flag.updated_at = domain::Timestamp(std::chrono::milliseconds(5));
  const auto body = full_flag(test_support::environment("production"), flag);
  EXPECT_THAT(body, HasSubstr(R"("createdAt":"1969-12-31T23:59:59.999Z")"));
  EXPECT_THAT(body, HasSubstr(R"("updatedAt":"1970-01-01T00:00:00.005Z")"));
}

TEST(ResponseBodies, PageSaysHowToGoOn) {
  const auto production = test_support::environment("production");
  EXPECT_EQ(flag_page(production, {}), R"({"flags":[],"nextAfter":null})");
  EXPECT_EQ(flag_page(production, {{sample_flag("a", 7)}, flag_key("a")}),
            R"({"flags":[)" + std::string(full_a) + R"(],"nextAfter":"a"})");
}

TEST(ResponseBodies, ExportIsAnImport) {
  EXPECT_TRUE(parse_drafts(drafts_of({})).value().empty());
  auto odd = sample_flag("b");
  odd.description = "line\nbreak \"quoted\" \\ \xf0\x9f\x94\xa5";
  const auto text = drafts_of({sample_flag("a"), odd});
  EXPECT_EQ(std::ranges::count(text, '\n'), 4);
  const auto drafts = parse_drafts(text).value();
  ASSERT_EQ(drafts.size(), 2u);
  EXPECT_EQ(drafts[1], (domain::FlagDraft{odd.key, true, 37, odd.description}));
}

TEST(ResponseBodies, EvaluationSpeaksOpenFeature) {
  EXPECT_EQ(evaluation({.key = flag_key("a"),
                        .evaluation = {true, domain::Reason::split},
                        .source = application::ReadSource::hit}),
            R"({"key":"a","value":true,"variant":"on","reason":"SPLIT"})");
  auto disabled = test_support::sample_flag("b-c");
  disabled.enabled = false;
  EXPECT_EQ(evaluations({test_support::sample_flag("a"), disabled}, std::nullopt),
            R"({"a":true,"b-c":false})");
  EXPECT_EQ(evaluations({}, "user-1"), "{}");
}

application::WarmReport sample_report() {
  return {.id = "0011223344556677",
          .trigger = application::WarmTrigger::cold_start,
          .environment = test_support::environment("staging"),
          .started_at = domain::Timestamp(std::chrono::milliseconds(1'767'225'600'123)),
          .duration = std::chrono::microseconds(1500),
          .query_duration = std::chrono::nanoseconds(1'000'400),
          .pipeline_duration = std::chrono::microseconds(250),
          .requested = 21,
          .written = 6,
          .unchanged = 5,
          .newer = 4,
          .missing = 3,
          .failed = 3,
          .error = std::nullopt};
}

TEST(ResponseBodies, WarmAnswerHasTwoMembers) {
  EXPECT_EQ(warm_answer(sample_report()), R"({"warmed":15,"duration":1.5})");
}

TEST(ResponseBodies, WarmRunHasEveryNumber) {
  auto report = sample_report();
  const std::string front =
      R"({"id":"0011223344556677","trigger":"cold-start","environment":"staging",)"
      R"("started":"2026-01-01T00:00:00.123Z","duration":1.5,"queryDuration":1,)"
      R"("pipelineDuration":0.25,"requested":21,"written":6,"unchanged":5,"newer":4,)"
      R"("missing":3,"failed":3,"error":)";
  EXPECT_EQ(warm_run(report), front + "null}");
  report.error = Error{ErrorCode::unavailable, "the cache is away"};
  EXPECT_EQ(warm_run(report), front + R"("the cache is away"})");
  EXPECT_EQ(warm_runs({report}), R"({"warmings":[)" + warm_run(report) + "]}");
  EXPECT_EQ(warm_runs({}), R"({"warmings":[]})");
}

TEST(ResponseBodies, StatisticsHaveTheirShape) {
  using namespace std::chrono_literals;
  application::CacheStatistics counts;
  const std::chrono::steady_clock::time_point now(1'000'000s);
  counts.record_read(application::ReadSource::miss, now - 200s, now - 200s + 7ns);
  counts.record_read(application::ReadSource::stale, now - 200s, now - 200s + 7ns);
  for (int i = 0; i < 4; ++i) {
    counts.record_read(application::ReadSource::hit, now, now + 7ns);
  }
  for (int i = 0; i < 2; ++i) {
    counts.record_read(application::ReadSource::near, now, now + 7ns);
  }
  counts.record_database_read();
  EXPECT_EQ(statistics(counts, now, 0.25),
            R"({"hitRate":{"oneMinute":1,"fiveMinutes":0.75,"total":0.75},)"
            R"("lookups":{"near":2,"shared":4,"miss":1,"stale":1},"databaseReads":1,)"
            R"("latencyMs":{"p50":0,"p95":0,"p99":0},"coverage":0.25})");
  EXPECT_THAT(statistics(counts, now, std::nullopt), HasSubstr(R"("coverage":null})"));
}

TEST(ResponseBodies, ReadinessTellsTheTruth) {
  application::Readiness state;
  const auto now = std::chrono::steady_clock::now();
  EXPECT_EQ(readiness(state, now),
            R"({"status":"starting","warmSet":{"coverage":null,"oldestEntryAgeMs":null},)"
            R"("dependencies":{"cache":"unknown","database":"unknown"}})");
  state.first_warm_run_is_over();
  state.note_cache(false);
  state.note_database(true);
  state.note_warm_set(0.75, now);
  EXPECT_EQ(readiness(state, now + std::chrono::milliseconds(1'234)),
            R"({"status":"degraded","warmSet":{"coverage":0.75,"oldestEntryAgeMs":1234},)"
            R"("dependencies":{"cache":"down","database":"up"}})");
}

struct Mapping {
  ErrorCode code;
  int status;
  std::string_view name;
  bool says_details_to_everybody;
};

constexpr Mapping mappings[] = {
    {ErrorCode::validation, 400, "VALIDATION_ERROR", true},
    {ErrorCode::unauthenticated, 401, "UNAUTHORIZED", true},
    {ErrorCode::forbidden, 403, "FORBIDDEN", true},
    {ErrorCode::not_found, 404, "NOT_FOUND", true},
    {ErrorCode::already_exists, 409, "ALREADY_EXISTS", true},
    {ErrorCode::version_mismatch, 412, "VERSION_MISMATCH", true},
    {ErrorCode::unavailable, 503, "UNAVAILABLE", false},
    {ErrorCode::deadline_exceeded, 503, "UNAVAILABLE", false},
    {ErrorCode::misconfigured, 503, "UNAVAILABLE", false},
    {ErrorCode::in_doubt, 504, "IN_DOUBT", false},
    {ErrorCode::internal, 500, "INTERNAL", false},
};

TEST(ErrorMapping, EveryCodeHasStatusAndName) {
  for (const auto& expected : mappings) {
    const auto response =
        error_response({expected.code, "10.0.0.7 says no"}, Audience::administrators);
    EXPECT_EQ(response.status, expected.status);
    EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
    EXPECT_EQ(response.body,
              R"({"error":")" + std::string(expected.name) + R"(","message":"10.0.0.7 says no"})");
  }
}

TEST(ErrorMapping, DetailsOfDependenciesAreForAdministrators) {
  for (const auto& expected : mappings) {
    const auto response = error_response({expected.code, "10.0.0.7 says no"}, Audience::everybody);
    EXPECT_EQ(response.status, expected.status);
    EXPECT_EQ(response.body.find("10.0.0.7") != std::string::npos,
              expected.says_details_to_everybody)
        << expected.name;
    EXPECT_TRUE(boost::json::parse(response.body).at("message").is_string());
  }
}

TEST(ErrorMapping, HeadersSayWhatToDoNext) {
  for (const auto& expected : mappings) {
    const auto response = error_response({expected.code, ""}, Audience::everybody);
    const std::vector<std::pair<std::string, std::string>> none;
    const std::vector<std::pair<std::string, std::string>> retry{{"Retry-After", "1"}};
    const std::vector<std::pair<std::string, std::string>> bearer{{"WWW-Authenticate", "Bearer"}};
    EXPECT_EQ(response.headers, expected.status == 503   ? retry
                                : expected.status == 401 ? bearer
                                                         : none);
  }
}

TEST(ErrorMapping, ProtocolErrorsHaveTheSameShape) {
  const auto response = protocol_error(413, "TOO_LARGE", "Say \"less\"");
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.body, R"({"error":"TOO_LARGE","message":"Say \"less\""})");
}

}  // namespace
}  // namespace hearth::adapters::http
