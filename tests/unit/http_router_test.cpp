#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/http/router.hpp"
#include "adapters/http/target.hpp"

namespace hearth::adapters::http {
namespace {

using Kind = RouteMatch::Kind;

RouteMatch match(std::string_view method, std::string_view path) {
  return match_route(method, parse_target(path).value().segments);
}

struct Known {
  std::string_view method;
  std::string_view path;
  Route route;
  std::string_view parameter;
};

constexpr Known known_routes[] = {
    {"GET", "/api/config/flags", Route::evaluate_all, ""},
    {"GET", "/api/config/flags/new-search", Route::get_flag, "new-search"},
    {"GET", "/api/config/flags/new-search/evaluation", Route::evaluate_flag, "new-search"},
    {"GET", "/api/admin/flags", Route::admin_list, ""},
    {"POST", "/api/admin/flags", Route::admin_create, ""},
    {"GET", "/api/admin/flags/new-search", Route::admin_get, "new-search"},
    {"PATCH", "/api/admin/flags/new-search", Route::admin_update, "new-search"},
    {"DELETE", "/api/admin/flags/new-search", Route::admin_delete, "new-search"},
    {"POST", "/api/admin/cache/warm", Route::warm, ""},
    {"GET", "/api/admin/cache/warmings", Route::warmings, ""},
    {"GET", "/api/admin/cache/warmings/0123abcd", Route::warming, "0123abcd"},
    {"GET", "/api/admin/cache/stats", Route::statistics, ""},
    {"GET", "/livez", Route::liveness, ""},
    {"GET", "/readyz", Route::readiness, ""},
    {"GET", "/metrics", Route::metrics, ""},
};

TEST(Router, FindsEveryRoute) {
  for (const auto& known : known_routes) {
    const auto found = match(known.method, known.path);
    EXPECT_EQ(found.kind, Kind::found) << known.path;
    EXPECT_EQ(found.route, known.route) << known.path;
    EXPECT_EQ(found.parameter, known.parameter) << known.path;
  }
}

TEST(Router, HeadIsAnsweredLikeGet) {
  for (const auto& known : known_routes) {
    const auto found = match("HEAD", known.path);
    if (known.method == "GET") {
      EXPECT_EQ(found.kind, Kind::found) << known.path;
      EXPECT_EQ(found.route, known.route) << known.path;
    } else if (known.path == "/api/admin/cache/warm") {
      EXPECT_EQ(found.kind, Kind::method_not_allowed);
    }
  }
}

TEST(Router, OtherMethodsAreToldWhatIsAllowed) {
  const std::pair<std::string_view, std::string_view> allowed[] = {
      {"/api/config/flags", "GET, HEAD"},
      {"/api/config/flags/a", "GET, HEAD"},
      {"/api/config/flags/a/evaluation", "GET, HEAD"},
      {"/api/admin/flags", "GET, HEAD, POST"},
      {"/api/admin/flags/a", "GET, HEAD, PATCH, DELETE"},
      {"/api/admin/cache/warm", "POST"},
      {"/api/admin/cache/warmings", "GET, HEAD"},
      {"/api/admin/cache/warmings/a", "GET, HEAD"},
      {"/api/admin/cache/stats", "GET, HEAD"},
      {"/livez", "GET, HEAD"},
      {"/readyz", "GET, HEAD"},
  };
  for (const auto& [path, methods] : allowed) {
    for (const auto* method : {"PUT", "OPTIONS", "TRACE", "get", ""}) {
      const auto found = match(method, path);
      EXPECT_EQ(found.kind, Kind::method_not_allowed) << method << " " << path;
      EXPECT_EQ(found.allowed_methods, methods) << path;
    }
  }
}

TEST(Router, OtherPathsAreUnknown) {
  for (const auto* path :
       {"/", "/api", "/api/config", "/api/config/flag", "/api/config/flags/", "/livez/", "/livez/x",
        "/API/config/flags", "//livez", "/api/config/flags/a/", "/api/config/flags/a/evaluation/",
        "/api/config/flags/a/evaluations", "/api/config//flags", "/api/admin",
        "/api/admin/cache/warm/", "/api/admin/cache/warmings/a/b", "/metrics/../livez",
        "/livez%2F"}) {
    const auto found = match("GET", path);
    if (std::string_view(path).ends_with("flags/")) {
      // The open segment is there and empty: the key's own rule refuses it.
      EXPECT_EQ(found.parameter, "");
      continue;
    }
    EXPECT_EQ(found.kind, Kind::no_such_path) << path;
    EXPECT_TRUE(found.allowed_methods.empty());
  }
}

TEST(Router, AdminPathsAreKnownByTheirFront) {
  const auto is_admin = [](std::string_view path) {
    return is_admin_path(parse_target(path).value().segments);
  };
  for (const auto& known : known_routes) {
    EXPECT_EQ(is_admin(known.path), known.path.starts_with("/api/admin")) << known.path;
  }
  EXPECT_TRUE(is_admin("/api/admin"));
  EXPECT_TRUE(is_admin("/api/admin/"));
  EXPECT_TRUE(is_admin("/api/admin/no/such/path"));
  EXPECT_TRUE(is_admin("/%61pi/%61dmin/flags"));
  EXPECT_FALSE(is_admin("/api/administration"));
  EXPECT_FALSE(is_admin("/api"));
  EXPECT_FALSE(is_admin("/"));
}

TEST(Router, WhatIsNoAdminPathReachesNoAdminRoute) {
  // Whatever the spelling: a path either asks for authorisation or does not lead to the admin API.
  for (const auto* path :
       {"/api//admin/flags", "//api/admin/flags", "/api/./admin/flags", "/x/../api/admin/flags",
        "/api%2Fadmin/flags", "/api/admin%2Fflags", "/API/admin/flags", "/api/Admin/flags"}) {
    const auto segments = parse_target(path).value().segments;
    const auto found = match_route("GET", segments);
    EXPECT_TRUE(is_admin_path(segments) || found.kind == Kind::no_such_path) << path;
  }
}

TEST(Target, PathIsTakenApart) {
  const auto target = parse_target("/api/config/flags/a.b-c_d").value();
  EXPECT_EQ(target.segments, (std::vector<std::string>{"api", "config", "flags", "a.b-c_d"}));
  EXPECT_TRUE(target.parameters.empty());
}

TEST(Target, SegmentsAreDecodedAfterTheyAreSeparated) {
  EXPECT_EQ(parse_target("/a%2Fb/c").value().segments, (std::vector<std::string>{"a/b", "c"}));
  EXPECT_EQ(parse_target("/%41%c3%a9").value().segments, (std::vector<std::string>{"A\xc3\xa9"}));
  EXPECT_EQ(parse_target("/a%00b").value().segments,
            (std::vector<std::string>{std::string("a\0b", 3)}));
  EXPECT_EQ(parse_target("/a+b").value().segments, (std::vector<std::string>{"a+b"}));
  EXPECT_EQ(parse_target("/a%3Fb%23").value().segments, (std::vector<std::string>{"a?b#"}));
}

TEST(Target, NothingIsNormalised) {
  EXPECT_EQ(parse_target("/a/../b/./c").value().segments,
            (std::vector<std::string>{"a", "..", "b", ".", "c"}));
  EXPECT_EQ(parse_target("/a//b/").value().segments, (std::vector<std::string>{"a", "", "b", ""}));
}

TEST(Target, ParametersAreDecoded) {
  const auto target = parse_target("/x?userId=a+b%2Bc%26&environment=staging&empty=&flag").value();
  EXPECT_EQ(target.parameter("userId"), "a b+c&");
  EXPECT_EQ(target.parameter("environment"), "staging");
  EXPECT_EQ(target.parameter("empty"), "");
  EXPECT_EQ(target.parameter("flag"), "");
  EXPECT_EQ(target.parameter("other"), std::nullopt);
  EXPECT_EQ(target.parameter("userid"), std::nullopt);
}

TEST(Target, FirstOfSeveralParametersCounts) {
  EXPECT_EQ(parse_target("/x?a=1&a=2").value().parameter("a"), "1");
}

TEST(Target, WhatRfc3986ForbidsIsRefused) {
  for (const auto* text :
       {"", "livez", "*", "http://host/livez", "/a b", "/%", "/%4", "/%zz", "/x?a=%", "/x?a=%g0",
        "/a#b", "/<>", "/a\"b", "/a\x01", "/\xc3\xa9", "/x?a=b c"}) {
    const auto target = parse_target(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().code, domain::ErrorCode::validation);
  }
}

}  // namespace
}  // namespace hearth::adapters::http
