#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <ctime>

#include "functional/functional_support.hpp"
#include "support/eventually.hpp"

namespace hearth::functional {
namespace {

using test_support::HearthServer;
using test_support::HttpResponse;

constexpr std::string_view secret = "a-secret-that-has-more-than-32-bytes";

/// Base64 in the alphabet of URLs, without padding (RFC 7515, section 2).
std::string base64url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), data,
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  while (text.ends_with('=')) text.pop_back();
  for (auto& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::string signature_of(std::string_view text, std::string_view key, const EVP_MD* digest) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(digest, key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes, &length);
  return {reinterpret_cast<const char*>(bytes), length};
}

std::string token_of(std::string_view claims, std::string_view key = secret,
                     std::string_view algorithm = "HS256", const EVP_MD* digest = EVP_sha256()) {
  const auto signed_part = base64url(R"({"alg":")" + std::string(algorithm) + R"(","typ":"JWT"})") +
                           "." + base64url(claims);
  return signed_part + "." + base64url(signature_of(signed_part, key, digest));
}

std::string in_seconds(std::int64_t seconds) {
  return std::to_string(std::time(nullptr) + seconds);
}

/// Claims that are right, with these besides (they begin with a comma).
std::string claims_with(const std::string& more) {
  return R"({"sub":"ada","iss":"https://issuer.example","aud":"hearth","exp":)" + in_seconds(600) +
         more + "}";
}

class HttpAuthorization : public testing::Test {
 protected:
  static HearthServer& server() {
    static HearthServer server([] {
      HearthServer::Options options;
      options.environment = basic_environment();
      options.environment["AUTH_JWT_SECRET"] = secret;
      options.environment["AUTH_JWT_ISSUER"] = "https://issuer.example";
      options.environment["AUTH_JWT_AUDIENCE"] = "hearth";
      return options;
    }());
    return server;
  }

  static HttpResponse with_header(std::string_view authorization) {
    return server().request("GET", "/api/admin/flags",
                            {{"Authorization", std::string(authorization)}});
  }
  static HttpResponse with_token(std::string_view token) {
    return with_header("Bearer " + std::string(token));
  }

  static void expect_refused(const HttpResponse& response) {
    expect_error(response, 401, "UNAUTHORIZED", "Authorization: Bearer TOKEN");
    EXPECT_EQ(response.header("WWW-Authenticate"), "Bearer");
  }
};

TEST_F(HttpAuthorization, FixedTokenIsAnAdministrators) {
  EXPECT_EQ(with_token(admin_token).status, 200);
  EXPECT_EQ(with_header("bearer " + std::string(admin_token)).status, 200);
  EXPECT_EQ(with_header("BEARER   " + std::string(admin_token)).status, 200);
}

TEST_F(HttpAuthorization, NoTokenAndAWrongOneAreAnsweredAlike) {
  const auto none = server().request("GET", "/api/admin/flags");
  expect_refused(none);
  for (const auto& header :
       {std::string("Bearer wrong-token-0123456789"), "Bearer " + std::string(admin_token) + "x",
        "Bearer " + std::string(admin_token.substr(1)), std::string("Bearer"),
        std::string("Bearer "), std::string(admin_token), "Basic " + std::string(admin_token),
        std::string("Bearer a.b.c"), "Bearer " + std::string(5000, 'x')}) {
    const auto wrong = with_header(header);
    expect_refused(wrong);
    EXPECT_EQ(wrong.body, none.body) << header;
    EXPECT_EQ(wrong.headers, none.headers) << header;
  }
}

TEST_F(HttpAuthorization, EveryAdminPathNeedsAToken) {
  const auto none = server().request("GET", "/api/admin/flags").body;
  for (const auto& [method, path] : std::initializer_list<std::pair<const char*, const char*>>{
           {"GET", "/api/admin/flags"},
           {"POST", "/api/admin/flags"},
           {"GET", "/api/admin/flags/any"},
           {"PATCH", "/api/admin/flags/any"},
           {"DELETE", "/api/admin/flags/any"},
           {"POST", "/api/admin/cache/warm"},
           {"GET", "/api/admin/cache/warmings"},
           {"GET", "/api/admin/cache/warmings/any"},
           {"GET", "/api/admin/cache/stats"},
           // Nor does anybody learn which paths there are.
           {"GET", "/api/admin"},
           {"GET", "/api/admin/no-such-path"},
           {"GET", "/api/admin/flags/a%2Fb"},
           {"GET", "/api/%61dmin/flags"},
           {"DELETE", "/api/admin/cache/warm"}}) {
    const auto response = server().request(method, path);
    EXPECT_EQ(response.status, 401) << method << ' ' << path;
    EXPECT_EQ(response.body, none) << method << ' ' << path;
  }
  EXPECT_EQ(server().request("GET", "/api/admin/no-such-path", admin()).status, 404);
}

TEST_F(HttpAuthorization, PublicPathsNeedNone) {
  for (const auto* path : {"/api/config/flags", "/livez"}) {
    EXPECT_EQ(server().request("GET", path).status, 200) << path;
  }
}

TEST_F(HttpAuthorization, RefusedChangeChangesNothing) {
  const auto refused =
      server().request("POST", "/api/admin/flags", {}, R"({"key":"by-nobody","enabled":true})");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(server().request("GET", "/api/admin/flags/by-nobody", admin()).status, 404);
}

TEST_F(HttpAuthorization, JwtWithTheAdminRoleIsAnAdministrators) {
  for (const auto* role :
       {R"(,"role":"admin")", R"(,"roles":["reader","admin"])", R"(,"roles":"admin")",
        R"(,"cognito:groups":["admin"])", R"(,"role":"reader","cognito:groups":["x","admin"])"}) {
    EXPECT_EQ(with_token(token_of(claims_with(role))).status, 200) << role;
  }
  // An audience may be one of several.
  EXPECT_EQ(with_token(token_of(R"({"iss":"https://issuer.example","aud":["other","hearth"],)"
                                R"("role":"admin","exp":)" +
                                in_seconds(600) + "}"))
                .status,
            200);
}

TEST_F(HttpAuthorization, ValidJwtWithoutTheRoleIs403) {
  for (const auto* role :
       {"", R"(,"role":"reader")", R"(,"roles":["Admin","administrator"])", R"(,"role":true)",
        R"(,"scope":"admin")", R"(,"roles":[["admin"]])", R"(,"role":{"admin":true})"}) {
    expect_error(with_token(token_of(claims_with(role))), 403, "FORBIDDEN", "admin role");
  }
}

TEST_F(HttpAuthorization, JwtThatIsNotValidIs401) {
  const std::string role = R"(,"role":"admin")";
  const std::string issuer = R"("iss":"https://issuer.example")";
  const std::string audience = R"("aud":"hearth")";
  const auto soon = in_seconds(600);
  const std::string good = claims_with(role);
  ASSERT_EQ(with_token(token_of(good)).status, 200);

  // Clocks may differ by half a minute, not more.
  expect_refused(with_token(
      token_of("{" + issuer + "," + audience + role + R"(,"exp":)" + in_seconds(-60) + "}")));
  expect_refused(with_token(token_of("{" + issuer + "," + audience + role + "}")));
  expect_refused(
      with_token(token_of("{" + issuer + "," + audience + role + R"(,"exp":")" + soon + "\"}")));
  expect_refused(with_token(token_of(claims_with(role + R"(,"nbf":)" + in_seconds(120)))));
  expect_refused(with_token(token_of(R"({"iss":"https://other.example",)" + audience + role +
                                     R"(,"exp":)" + soon + "}")));
  expect_refused(with_token(token_of("{" + audience + role + R"(,"exp":)" + soon + "}")));
  expect_refused(
      with_token(token_of("{" + issuer + R"(,"aud":"others")" + role + R"(,"exp":)" + soon + "}")));
  expect_refused(with_token(token_of("{" + issuer + role + R"(,"exp":)" + soon + "}")));
  expect_refused(with_token(token_of(good, "another-secret-that-has-32-bytes-or-more")));
  expect_refused(with_token(token_of(good, secret, "HS384", EVP_sha384())));
  expect_refused(with_token(token_of(good, secret, "HS512", EVP_sha512())));
  expect_refused(with_token(token_of(good, secret, "HS384", EVP_sha256())));
  expect_refused(with_token(token_of("[]")));
  expect_refused(with_token(token_of("nonsense")));
}

TEST_F(HttpAuthorization, JwtWithoutASignatureIs401) {
  const auto claims = base64url(claims_with(R"(,"role":"admin")"));
  for (const auto* algorithm : {"none", "None", "NONE", "nOnE"}) {
    const auto head = base64url(R"({"alg":")" + std::string(algorithm) + R"(","typ":"JWT"})");
    expect_refused(with_token(head + "." + claims + "."));
    expect_refused(with_token(head + "." + claims));
    expect_refused(with_token(token_of(claims_with(R"(,"role":"admin")"), secret, algorithm)));
  }
  const auto signed_token = token_of(claims_with(R"(,"role":"admin")"));
  const auto without = signed_token.substr(0, signed_token.rfind('.') + 1);
  expect_refused(with_token(without));
  expect_refused(with_token(without + "AAAA"));
}

TEST(HttpAuthorizationSettings, WithoutATokenConfiguredNobodyIsAnAdministrator) {
  const HearthServer server;
  for (const auto* header : {"", "Bearer", "Bearer ", "Bearer x"}) {
    EXPECT_EQ(server.request("GET", "/api/admin/flags", {{"Authorization", header}}).status, 401);
  }
  EXPECT_EQ(server.request("GET", "/api/config/flags").status, 200);
  EXPECT_TRUE(test_support::eventually(std::chrono::seconds(5), [&] {
    return server.errors().find("Nobody can use the admin API") != std::string::npos;
  }));
}

TEST(HttpAuthorizationSettings, RoleCanBeNamedOtherwise) {
  HearthServer::Options options;
  options.environment = {{"AUTH_JWT_SECRET", std::string(secret)},
                         {"AUTH_ADMIN_ROLE", "flag-keeper"}};
  const HearthServer server(options);
  const auto status = [&](const std::string& role) {
    const auto token = token_of(R"({"role":")" + role + R"(","exp":)" + in_seconds(600) + "}");
    return server.request("GET", "/api/admin/flags", {{"Authorization", "Bearer " + token}}).status;
  };
  EXPECT_EQ(status("flag-keeper"), 200);
  EXPECT_EQ(status("admin"), 403);
}

}  // namespace
}  // namespace hearth::functional
