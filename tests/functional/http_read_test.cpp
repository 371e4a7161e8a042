#include <gtest/gtest.h>

#include "functional/http_server_fixture.hpp"
#include "support/eventually.hpp"
#include "support/gunzip.hpp"

namespace hearth::functional {
namespace {

class HttpReads : public HttpServerTest {};

TEST_F(HttpReads, FlagHasExactlyTheMembersOfTheContract) {
  const auto response = get("/api/config/flags/seed-1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(response.body,
            R"({"key":"seed-1","enabled":true,"rolloutPercentage":100,"description":"Seed 1"})");
}

TEST_F(HttpReads, FirstReadMissesAndLaterOnesAreNear) {
  constexpr auto flag = "seed-2?environment=untouched";
  EXPECT_EQ(read_flag(server(), flag).header("X-Cache"), "miss");
  // The cache is filled after the answer, and the near copy by the first hit.
  test_support::HttpResponse later;
  EXPECT_TRUE(test_support::eventually(std::chrono::seconds(5), [&] {
    later = read_flag(server(), flag);
    return later.header("X-Cache") == "near";
  }));
  EXPECT_EQ(later.body,
            R"({"key":"seed-2","enabled":true,"rolloutPercentage":100,"description":"Seed 2"})");
}

TEST_F(HttpReads, CreatedFlagIsAHitAtOnce) {
  ASSERT_EQ(create_flag(server(), R"({"key":"fresh"})").status, 201);
  EXPECT_EQ(read_flag(server(), "fresh").header("X-Cache"), "hit");
}

TEST_F(HttpReads, UnknownFlagIs404AndSaysWhichOne) {
  expect_error(get("/api/config/flags/nobody-made-it"), 404, "NOT_FOUND",
               "There is no flag 'nobody-made-it' in environment 'production'");
}

TEST_F(HttpReads, UnknownFlagIsRememberedAndCostsOneDatabaseRead) {
  const auto database_reads = [] {
    return at(json_of(get("/api/admin/cache/stats", admin())), "databaseReads").as_int64();
  };
  const auto before = database_reads();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(read_flag(server(), "never-was").status, 404);
  // The filling of the cache is asynchronous: a few reads may come before it.
  EXPECT_LE(database_reads() - before, 10);
  EXPECT_GE(database_reads() - before, 1);
}

TEST_F(HttpReads, EvaluationSaysValueVariantAndReason) {
  const auto evaluation = [](std::string_view key, std::string_view user) {
    return get("/api/config/flags/" + std::string(key) + "/evaluation" + std::string(user)).body;
  };
  ASSERT_EQ(create_flag(server(), R"({"key":"e-on","enabled":true})").status, 201);
  ASSERT_EQ(create_flag(server(), R"({"key":"e-off","enabled":false})").status, 201);
  ASSERT_EQ(
      create_flag(server(), R"({"key":"e-zero","enabled":true,"rolloutPercentage":0})").status,
      201);
  ASSERT_EQ(
      create_flag(server(), R"({"key":"e-half","enabled":true,"rolloutPercentage":50})").status,
      201);

  EXPECT_EQ(evaluation("e-on", "?userId=ada"),
            R"({"key":"e-on","value":true,"variant":"on","reason":"STATIC"})");
  EXPECT_EQ(evaluation("e-off", "?userId=ada"),
            R"({"key":"e-off","value":false,"variant":"off","reason":"DISABLED"})");
  EXPECT_EQ(evaluation("e-zero", "?userId=ada"),
            R"({"key":"e-zero","value":false,"variant":"off","reason":"STATIC"})");
  EXPECT_EQ(evaluation("e-half", ""),
            R"({"key":"e-half","value":true,"variant":"on","reason":"STATIC"})");
  EXPECT_EQ(evaluation("e-half", "?userId="),
            R"({"key":"e-half","value":true,"variant":"on","reason":"STATIC"})");
  EXPECT_EQ(at(json_of(evaluation("e-half", "?userId=ada")), "reason"), "SPLIT");
}

TEST_F(HttpReads, EvaluationKeepsTheGoldenBuckets) {
  ASSERT_EQ(create_flag(server(), R"({"key":"edge","enabled":true,"rolloutPercentage":50})").status,
            201);
  const auto value = [](std::string_view user) {
    const auto response = get("/api/config/flags/edge/evaluation?userId=" + std::string(user));
    return response.body;
  };
  constexpr auto on = R"({"key":"edge","value":true,"variant":"on","reason":"SPLIT"})";
  constexpr auto off = R"({"key":"edge","value":false,"variant":"off","reason":"SPLIT"})";
  EXPECT_EQ(value("user-81"), on);    // bucket 0
  EXPECT_EQ(value("user-4"), on);     // bucket 49
  EXPECT_EQ(value("user-66"), off);   // bucket 50
  EXPECT_EQ(value("user-107"), off);  // bucket 99

  ASSERT_EQ(patch_flag(server(), "edge", R"({"rolloutPercentage":1})").status, 200);
  EXPECT_EQ(value("user-81"), on);   // bucket 0
  EXPECT_EQ(value("user-71"), off);  // bucket 1
  ASSERT_EQ(patch_flag(server(), "edge", R"({"rolloutPercentage":99})").status, 200);
  EXPECT_EQ(value("user-218"), on);   // bucket 98
  EXPECT_EQ(value("user-107"), off);  // bucket 99
}

TEST_F(HttpReads, UserIdIsPercentDecodedAsUtf8) {
  ASSERT_EQ(create_flag(server(), R"({"key":"flag","enabled":true,"rolloutPercentage":95})").status,
            201);
  const auto value = [] {
    // The user's name is "ü価格": bucket 95.
    return at(json_of(get("/api/config/flags/flag/evaluation?userId=%C3%BC%E4%BE%A1%E6%A0%BC")),
              "value")
        .as_bool();
  };
  EXPECT_FALSE(value());
  ASSERT_EQ(patch_flag(server(), "flag", R"({"rolloutPercentage":96})").status, 200);
  EXPECT_TRUE(value());
}

TEST_F(HttpReads, AllFlagsAreOneObjectOfBooleans) {
  ASSERT_EQ(create_flag(server(), R"({"key":"b","enabled":true})").status, 201);
  const auto target = "/api/admin/flags?environment=all-flags";
  const auto evaluated = [](std::string_view query) {
    return get("/api/config/flags?environment=all-flags" + std::string(query)).body;
  };
  EXPECT_EQ(evaluated(""), "{}");
  const auto create = [&](std::string_view body) {
    return server().request("POST", target, admin(), body).status;
  };
  ASSERT_EQ(create(R"({"key":"edge","enabled":true,"rolloutPercentage":50})"), 201);
  ASSERT_EQ(create(R"({"key":"a","enabled":true})"), 201);
  ASSERT_EQ(create(R"({"key":"z"})"), 201);
  EXPECT_EQ(evaluated(""), R"({"a":true,"edge":true,"z":false})");
  EXPECT_EQ(evaluated("&userId=user-4"), R"({"a":true,"edge":true,"z":false})");
  EXPECT_EQ(evaluated("&userId=user-66"), R"({"a":true,"edge":false,"z":false})");
}

TEST_F(HttpReads, AllFlagsAreSentAgainOnlyWhenOneHasChanged) {
  const auto create = [&](std::string_view body) {
    return server().request("POST", "/api/admin/flags?environment=tagged", admin(), body).status;
  };
  const auto ask = [&](test_support::HttpHeaders headers) {
    return server().request("GET", "/api/config/flags?environment=tagged", std::move(headers));
  };
  ASSERT_EQ(create(R"({"key":"a","enabled":true})"), 201);
  const auto first = ask({});
  EXPECT_EQ(first.status, 200);
  const auto tag = first.header("ETag");
  EXPECT_TRUE(tag.starts_with("W/\"")) << tag;
  EXPECT_EQ(first.header("Vary"), "Accept-Encoding");
  const auto again = ask({{"If-None-Match", tag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(again.header("ETag"), tag);
  EXPECT_EQ(ask({{"If-None-Match", "\"other\""}}).body, first.body);
  ASSERT_EQ(create(R"({"key":"b"})"), 201);
  const auto changed = ask({{"If-None-Match", tag}});
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.body, R"({"a":true,"b":false})");
  EXPECT_NE(changed.header("ETag"), tag);
}

TEST_F(HttpReads, AllFlagsArePackedForWhoTakesThat) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(server()
                  .request("POST", "/api/admin/flags?environment=many", admin(),
                           R"({"key":"flag-)" + std::to_string(i) + R"("})")
                  .status,
              201);
  }
  const auto ask = [&](test_support::HttpHeaders headers) {
    return server().request("GET", "/api/config/flags?environment=many", std::move(headers));
  };
  const auto plain = ask({});
  EXPECT_EQ(plain.header("Content-Encoding"), "");
  const auto packed = ask({{"Accept-Encoding", "gzip, br"}});
  EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size(), plain.body.size() / 3);
  EXPECT_EQ(test_support::gunzip(packed.body), plain.body);
  EXPECT_EQ(ask({{"Accept-Encoding", "gzip;q=0"}}).body, plain.body);
}

TEST_F(HttpReads, EnvironmentsAreApart) {
  ASSERT_EQ(server()
                .request("POST", "/api/admin/flags?environment=staging", admin(),
                         R"({"key":"only-staging","enabled":true})")
                .status,
            201);
  EXPECT_EQ(get("/api/config/flags/only-staging?environment=staging").status, 200);
  EXPECT_EQ(get("/api/config/flags/only-staging").status, 404);
  EXPECT_EQ(get("/api/config/flags/only-staging/evaluation?environment=staging").status, 200);
  EXPECT_EQ(get("/api/config/flags/only-staging?environment=production").status, 404);
}

TEST_F(HttpReads, BadEnvironmentIs400) {
  for (const auto* bad : {"", "a%20b", "a.b", "a:b", "a%00b", "%C3%BC"}) {
    expect_error(get("/api/config/flags/seed-1?environment=" + std::string(bad)), 400,
                 "VALIDATION_ERROR", "An environment is 1 to 64 characters of [A-Za-z0-9_-]");
  }
  expect_error(get("/api/config/flags?environment=" + std::string(65, 'e')), 400,
               "VALIDATION_ERROR", "this one has 65 characters");
}

TEST_F(HttpReads, HeadHasTheHeadersOfGetAndNoBody) {
  const auto whole = get("/api/config/flags/seed-3");
  test_support::HttpConnection connection(server().port());
  const auto head = connection.request("HEAD", "/api/config/flags/seed-3");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), std::to_string(whole.body.size()));
  EXPECT_EQ(head.header("Content-Type"), whole.header("Content-Type"));
  EXPECT_TRUE(head.body.empty());
  // A body that had been sent all the same would be taken for the next answer.
  EXPECT_EQ(connection.request("GET", "/api/config/flags/seed-3").body, whole.body);
  EXPECT_EQ(connection.request("HEAD", "/api/config/flags/no-such").status, 404);
  EXPECT_EQ(connection.request("HEAD", "/livez").status, 200);
}

TEST_F(HttpReads, ProbesTellTheState) {
  EXPECT_EQ(get("/livez").body, R"({"status":"alive"})");
  ASSERT_EQ(read_flag(server(), "seed-4").status, 200);
  const auto ready = get("/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(names_of(json_of(ready)), "status warmSet dependencies");
  EXPECT_EQ(at(json_of(ready), "status"), "ready");
  EXPECT_EQ(names_of(at(json_of(ready), "warmSet")), "coverage oldestEntryAgeMs");
  EXPECT_EQ(at(json_of(ready), "dependencies.cache"), "up");
  EXPECT_EQ(at(json_of(ready), "dependencies.database"), "up");
}

TEST_F(HttpReads, UnknownPathIs404) {
  for (const auto* path : {"/", "/api", "/api/config", "/api/config/flags/", "/nothing",
                           "/api/config/flags/a/b", "/api/config/flags/a/evaluation/x",
                           "/API/config/flags/seed-1", "//api/config/flags", "/livez/"}) {
    const auto response = get(path);
    EXPECT_TRUE(response.status == 404 || response.status == 400) << path << response.body;
    EXPECT_EQ(names_of(json_of(response)), "error message") << path;
  }
}

TEST_F(HttpReads, WrongMethodIs405AndNamesThoseThatWork) {
  const auto allowed = [](std::string_view method, std::string_view path) {
    const auto response = server().request(method, path, admin());
    EXPECT_EQ(response.status, 405) << method << ' ' << path;
    EXPECT_EQ(at(json_of(response), "error"), "METHOD_NOT_ALLOWED");
    return response.header("Allow");
  };
  EXPECT_EQ(allowed("POST", "/api/config/flags"), "GET, HEAD");
  EXPECT_EQ(allowed("DELETE", "/api/config/flags/seed-1"), "GET, HEAD");
  EXPECT_EQ(allowed("PUT", "/api/admin/flags/seed-1"), "GET, HEAD, PATCH, DELETE");
  EXPECT_EQ(allowed("DELETE", "/api/admin/flags"), "GET, HEAD, POST");
  EXPECT_EQ(allowed("GET", "/api/admin/cache/warm"), "POST");
  EXPECT_EQ(allowed("OPTIONS", "/livez"), "GET, HEAD");
}

}  // namespace
}  // namespace hearth::functional
