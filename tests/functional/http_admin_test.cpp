#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "functional/http_server_fixture.hpp"

namespace hearth::functional {
namespace {

using testing::MatchesRegex;

constexpr auto moment = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z";

class HttpAdmin : public HttpServerTest {
 protected:
  static std::int64_t version_of(const test_support::HttpResponse& response) {
    return at(json_of(response), "version").as_int64();
  }
  static std::string quoted(std::int64_t version) { return '"' + std::to_string(version) + '"'; }
};

TEST_F(HttpAdmin, CreateAnswersTheWholeFlagWithLocationAndETag) {
  const auto created = create_flag(
      server(),
      R"({"key":"whole","enabled":true,"rolloutPercentage":25,"description":"A \"quoted\" one"})");
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.header("Location"), "/api/admin/flags/whole?environment=production");
  EXPECT_EQ(created.header("ETag"), quoted(version_of(created)));
  EXPECT_THAT(created.body,
              MatchesRegex(std::string(R"(\{"key":"whole","environment":"production",)") +
                           R"("enabled":true,"rolloutPercentage":25,)" +
                           R"("description":"A \\"quoted\\" one","version":[0-9]+,)" +
                           R"("createdAt":")" + moment + R"(","updatedAt":")" + moment + R"("\})"));
  const auto found = get(created.header("Location"), admin());
  EXPECT_EQ(found.status, 200);
  EXPECT_EQ(found.body, created.body);
  EXPECT_EQ(found.header("ETag"), created.header("ETag"));
}

TEST_F(HttpAdmin, CreateFillsInWhatIsLeftOut) {
  const auto flag = json_of(create_flag(server(), R"({"key":"plain"})"));
  EXPECT_EQ(at(flag, "enabled"), false);
  EXPECT_EQ(at(flag, "rolloutPercentage"), 100);
  EXPECT_EQ(at(flag, "description"), "");
}

TEST_F(HttpAdmin, CreatingTwiceIs409AndChangesNothing) {
  ASSERT_EQ(create_flag(server(), R"({"key":"twice","description":"first"})").status, 201);
  const auto before = stored("twice");
  expect_error(create_flag(server(), R"({"key":"twice","description":"second"})"), 409,
               "ALREADY_EXISTS", "twice");
  EXPECT_EQ(stored("twice"), before);
}

TEST_F(HttpAdmin, PatchChangesWhatIsNamedAndNothingElse) {
  const auto created = create_flag(server(), R"({"key":"p","enabled":true,"description":"stays"})");
  const auto patched = patch_flag(server(), "p", R"({"rolloutPercentage":10})");
  EXPECT_EQ(patched.status, 200);
  EXPECT_GT(version_of(patched), version_of(created));
  EXPECT_EQ(patched.header("ETag"), quoted(version_of(patched)));
  EXPECT_EQ(read_flag(server(), "p").body,
            R"({"key":"p","enabled":true,"rolloutPercentage":10,"description":"stays"})");
  ASSERT_EQ(patch_flag(server(), "p", R"({"enabled":false,"description":"","rolloutPercentage":0})")
                .status,
            200);
  EXPECT_EQ(read_flag(server(), "p").body,
            R"({"key":"p","enabled":false,"rolloutPercentage":0,"description":""})");
}

TEST_F(HttpAdmin, IfMatchGuardsAgainstLostUpdates) {
  const auto first = create_flag(server(), R"({"key":"guarded"})").header("ETag");
  const auto second = patch_flag(server(), "guarded", R"({"enabled":true})", first);
  EXPECT_EQ(second.status, 200);
  const auto before = stored("guarded");
  expect_error(patch_flag(server(), "guarded", R"({"enabled":false})", first), 412,
               "VERSION_MISMATCH", "guarded");
  expect_error(server().request("DELETE", "/api/admin/flags/guarded", admin("If-Match", first)),
               412, "VERSION_MISMATCH");
  EXPECT_EQ(stored("guarded"), before);
  EXPECT_EQ(patch_flag(server(), "guarded", R"({"enabled":false})", "*").status, 200);
  for (const auto* bad : {"nonsense", "\"abc\"", "\"", "\"-1\"", "W/\"1\"", "\"1\", \"2\""}) {
    expect_error(patch_flag(server(), "guarded", R"({"enabled":true})", bad), 400,
                 "VALIDATION_ERROR", "If-Match holds the flag's version in quotes");
  }
  EXPECT_EQ(at(json_of(stored("guarded")), "enabled"), false);
}

TEST_F(HttpAdmin, PatchOfAnUnknownFlagIs404) {
  expect_error(patch_flag(server(), "unknown-one", R"({"enabled":true})"), 404, "NOT_FOUND",
               "unknown-one");
  expect_error(patch_flag(server(), "unknown-one", R"({"enabled":true})", "*"), 404, "NOT_FOUND");
}

TEST_F(HttpAdmin, DeletedFlagIsGoneAndComesBackWithAGreaterVersion) {
  const auto created = create_flag(server(), R"({"key":"phoenix","description":"old"})");
  const auto removed = server().request("DELETE", "/api/admin/flags/phoenix", admin());
  EXPECT_EQ(removed.status, 204);
  EXPECT_TRUE(removed.body.empty());
  EXPECT_EQ(read_flag(server(), "phoenix").status, 404);
  EXPECT_EQ(get("/api/config/flags/phoenix/evaluation").status, 404);
  expect_error(get("/api/admin/flags/phoenix", admin()), 404, "NOT_FOUND");
  expect_error(server().request("DELETE", "/api/admin/flags/phoenix", admin()), 404, "NOT_FOUND");
  EXPECT_EQ(patch_flag(server(), "phoenix", R"({"enabled":true})").status, 404);

  const auto again = create_flag(server(), R"({"key":"phoenix"})");
  EXPECT_EQ(again.status, 201);
  EXPECT_GT(version_of(again), version_of(created) + 1);
  EXPECT_EQ(read_flag(server(), "phoenix").body,
            R"({"key":"phoenix","enabled":false,"rolloutPercentage":100,"description":""})");
}

TEST_F(HttpAdmin, ListGoesPageByPageInTheOrderOfKeys) {
  for (const auto* key : {"c", "a", "d", "b", "e"}) {
    ASSERT_EQ(server()
                  .request("POST", "/api/admin/flags?environment=pages", admin(),
                           R"({"key":")" + std::string(key) + R"("})")
                  .status,
              201);
  }
  const auto page = [](std::string_view query) {
    const auto body =
        json_of(get("/api/admin/flags?environment=pages" + std::string(query), admin()));
    EXPECT_EQ(names_of(body), "flags nextAfter");
    std::string keys;
    for (const auto& flag : at(body, "flags").as_array()) {
      EXPECT_EQ(
          names_of(flag),
          "key environment enabled rolloutPercentage description version createdAt updatedAt");
      keys += at(flag, "key").as_string().c_str();
    }
    const auto next = at(body, "nextAfter");
    return keys + (next.is_null() ? "|" : "|" + std::string(next.as_string().c_str()));
  };
  EXPECT_EQ(page(""), "abcde|");
  EXPECT_EQ(page("&limit=2"), "ab|b");
  EXPECT_EQ(page("&limit=2&after=b"), "cd|d");
  EXPECT_EQ(page("&limit=2&after=d"), "e|");
  EXPECT_EQ(page("&limit=5"), "abcde|");
  EXPECT_EQ(page("&after=zzz"), "|");
}

TEST_F(HttpAdmin, BadPageIs400) {
  for (const auto* limit : {"0", "1001", "-1", "abc", "", "1.5", "10%20", "99999999999999999999"}) {
    expect_error(get("/api/admin/flags?limit=" + std::string(limit), admin()), 400,
                 "VALIDATION_ERROR", "limit is a whole number from 1 to 1000");
  }
  for (const auto* after : {"", "a%2Fb", "..", "a%00"}) {
    expect_error(get("/api/admin/flags?after=" + std::string(after), admin()), 400,
                 "VALIDATION_ERROR", "A flag key is");
  }
  EXPECT_EQ(get("/api/admin/flags?limit=1000", admin()).status, 200);
}

TEST_F(HttpAdmin, StatisticsHaveTheFiguresOfTheContract) {
  ASSERT_EQ(read_flag(server(), "seed-5").status, 200);
  ASSERT_TRUE(becomes_a_hit(server(), "seed-5"));
  const auto statistics = json_of(get("/api/admin/cache/stats", admin()));
  EXPECT_EQ(names_of(statistics), "hitRate lookups databaseReads latencyMs coverage");
  EXPECT_EQ(names_of(at(statistics, "hitRate")), "oneMinute fiveMinutes total");
  EXPECT_EQ(names_of(at(statistics, "lookups")), "near shared miss stale");
  EXPECT_EQ(names_of(at(statistics, "latencyMs")), "p50 p95 p99");
  // Which of them answered depends on the thread that the connection met.
  EXPECT_GE(at(statistics, "lookups.near").as_int64() + at(statistics, "lookups.shared").as_int64(),
            1);
  EXPECT_GE(at(statistics, "lookups.miss").as_int64(), 1);
  EXPECT_GE(at(statistics, "databaseReads").as_int64(), 1);
  const auto rate = at(statistics, "hitRate.oneMinute").to_number<double>();
  EXPECT_GT(rate, 0);
  EXPECT_LT(rate, 1);
  EXPECT_GT(at(statistics, "latencyMs.p99").to_number<double>(), 0);
}

}  // namespace
}  // namespace hearth::functional
