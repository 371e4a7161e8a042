#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>
#include <vector>

#include "adapters/auth/jwt_verifier.hpp"
#include "support/manual_clock.hpp"

namespace hearth::adapters::auth {
namespace {

using application::Principal;
using std::chrono::seconds;

const std::string secret = "a secret of more than thirty-two bytes";
constexpr std::string_view hs256 = R"({"alg":"HS256","typ":"JWT"})";

std::string base64url(std::string_view bytes) {
  std::string text(4 * (bytes.size() / 3 + 1) + 1, '\0');
  const auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                      reinterpret_cast<const unsigned char*>(bytes.data()),
                                      static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::string signature(const EVP_MD* hash, std::string_view key, std::string_view message) {
  unsigned char code[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(hash, key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), code, &size);
  return base64url({reinterpret_cast<const char*>(code), size});
}

std::string token(std::string_view claims, std::string_view header = hs256,
                  std::string_view key = secret, const EVP_MD* hash = EVP_sha256()) {
  const auto message = base64url(header) + "." + base64url(claims);
  return message + "." + signature(hash, key, message);
}

class JwtVerifierTest : public testing::Test {
 protected:
  domain::Result<Principal> verify(std::string_view text,
                                   JwtSettings settings = {
                                       .secret = secret, .issuer = "", .audience = ""}) {
    return JwtVerifier(std::move(settings), clock_).verify(text);
  }
  /// The claims of an administrator, valid for a minute, with `more` members (`,"name":value`).
  std::string claims(std::string_view more = R"(,"role":"admin")") {
    return R"({"sub":"somebody","exp":)" + std::to_string(now() + 60) + std::string(more) + "}";
  }
  std::int64_t now() const {
    return std::chrono::floor<seconds>(clock_.now()).time_since_epoch().count();
  }
  bool is_admin(std::string_view more) {
    const auto principal = verify(token(claims(more)));
    EXPECT_TRUE(principal) << more;
    return principal && principal->is_admin;
  }

  test_support::ManualClock clock_;
};

TEST_F(JwtVerifierTest, ValidTokenIsKnown) {
  const auto principal = verify(token(claims()));
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->subject, "somebody");
  EXPECT_TRUE(principal->is_admin);
}

TEST_F(JwtVerifierTest, RoleMayStandInThreeClaims) {
  for (const std::string claim : {"role", "roles", "cognito:groups"}) {
    EXPECT_TRUE(is_admin(",\"" + claim + R"(":"admin")"));
    EXPECT_TRUE(is_admin(",\"" + claim + R"(":["reader","admin"])"));
    EXPECT_FALSE(is_admin(",\"" + claim + R"(":"administrator")"));
    EXPECT_FALSE(is_admin(",\"" + claim + R"(":"Admin")"));
    EXPECT_FALSE(is_admin(",\"" + claim + R"(":[])"));
    EXPECT_FALSE(is_admin(",\"" + claim + R"(":[1,null,["admin"]])"));
    EXPECT_FALSE(is_admin(",\"" + claim + R"(":true)"));
    EXPECT_FALSE(is_admin(",\"" + claim + R"(":{"admin":"admin"})"));
  }
  EXPECT_FALSE(is_admin(""));
  EXPECT_FALSE(is_admin(R"(,"group":"admin")"));
}

TEST_F(JwtVerifierTest, RoleOfTheAdministratorIsASetting) {
  const JwtSettings settings{
      .secret = secret, .issuer = "", .audience = "", .admin_role = "operator"};
  EXPECT_TRUE(verify(token(claims(R"(,"role":"operator")")), settings)->is_admin);
  EXPECT_FALSE(verify(token(claims()), settings)->is_admin);
}

TEST_F(JwtVerifierTest, ExpiresThirtySecondsAfterItsTime) {
  const auto text = token(claims());  // expires in 60 s
  clock_.advance(seconds(89));
  EXPECT_TRUE(verify(text));
  clock_.advance(seconds(1));
  EXPECT_FALSE(verify(text));
}

TEST_F(JwtVerifierTest, ExpiryIsRequiredAndANumber) {
  EXPECT_FALSE(verify(token(R"({"role":"admin"})")));
  EXPECT_FALSE(verify(token(R"({"role":"admin","exp":null})")));
  EXPECT_FALSE(verify(token(R"({"role":"admin","exp":true})")));
  EXPECT_FALSE(verify(token(R"({"role":"admin","exp":"9999999999"})")));
  EXPECT_FALSE(verify(token(R"({"role":"admin","exp":-1})")));
  EXPECT_TRUE(verify(token(R"({"role":"admin","exp":9999999999})")));
  EXPECT_TRUE(verify(token(R"({"role":"admin","exp":9999999999.5})")));
}

TEST_F(JwtVerifierTest, IsNotValidBeforeItsTimeLessThirtySeconds) {
  const auto not_before = [this](std::int64_t in) {
    return token(claims(R"(,"nbf":)" + std::to_string(now() + in)));
  };
  EXPECT_TRUE(verify(not_before(-1)));
  EXPECT_TRUE(verify(not_before(30)));
  EXPECT_FALSE(verify(not_before(31)));
  EXPECT_FALSE(verify(token(claims(R"(,"nbf":"soon")"))));
}

TEST_F(JwtVerifierTest, IssuerIsCheckedIfSet) {
  const JwtSettings settings{.secret = secret, .issuer = "https://issuer", .audience = ""};
  EXPECT_TRUE(verify(token(claims(R"(,"iss":"https://issuer")")), settings));
  EXPECT_FALSE(verify(token(claims(R"(,"iss":"https://issuer/")")), settings));
  EXPECT_FALSE(verify(token(claims(R"(,"iss":7)")), settings));
  EXPECT_FALSE(verify(token(claims()), settings));
  EXPECT_TRUE(verify(token(claims(R"(,"iss":"anybody")"))));
}

TEST_F(JwtVerifierTest, AudienceIsCheckedIfSet) {
  const JwtSettings settings{.secret = secret, .issuer = "", .audience = "hearth"};
  EXPECT_TRUE(verify(token(claims(R"(,"aud":"hearth")")), settings));
  EXPECT_TRUE(verify(token(claims(R"(,"aud":["other","hearth"])")), settings));
  EXPECT_FALSE(verify(token(claims(R"(,"aud":"other")")), settings));
  EXPECT_FALSE(verify(token(claims(R"(,"aud":["other"])")), settings));
  EXPECT_FALSE(verify(token(claims(R"(,"aud":[])")), settings));
  EXPECT_FALSE(verify(token(claims()), settings));
  EXPECT_TRUE(verify(token(claims(R"(,"aud":"anybody")"))));
}

TEST_F(JwtVerifierTest, OtherAlgorithmsAreRefused) {
  EXPECT_FALSE(verify(token(claims(), R"({"alg":"HS384"})", secret, EVP_sha384())));
  EXPECT_FALSE(verify(token(claims(), R"({"alg":"HS512"})", secret, EVP_sha512())));
  EXPECT_FALSE(verify(token(claims(), R"({"alg":"RS256"})")));
  EXPECT_FALSE(verify(token(claims(), R"({"alg":"ES256"})")));
  EXPECT_FALSE(verify(token(claims(), R"({"typ":"JWT"})")));
}

TEST_F(JwtVerifierTest, UnsignedTokensAreRefused) {
  for (const std::string header :
       {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"NONE"})", R"({"alg":""})"}) {
    const auto message = base64url(header) + "." + base64url(claims());
    EXPECT_FALSE(verify(message + ".")) << header;
    EXPECT_FALSE(verify(message)) << header;
    EXPECT_FALSE(verify(token(claims(), header))) << header;
  }
  const auto message = base64url(hs256) + "." + base64url(claims());
  EXPECT_FALSE(verify(message + "."));
  EXPECT_FALSE(verify(message));
}

TEST_F(JwtVerifierTest, WrongSecretIsRefused) {
  EXPECT_FALSE(verify(token(claims(), hs256, "another secret of more than 32 bytes!")));
  EXPECT_FALSE(verify(token(claims(), hs256, "")));
}

TEST_F(JwtVerifierTest, TamperedTokensAreRefused) {
  const auto text = token(claims(R"(,"role":"reader")"));
  const auto forged = base64url(claims(R"(,"role":"admin")"));
  const auto first = text.find('.');
  const auto second = text.find('.', first + 1);
  EXPECT_FALSE(verify(text.substr(0, first + 1) + forged + text.substr(second)));
  // One changed character anywhere; the last ones of a part may hold bits that mean nothing.
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] == '.' || text[i + 1] == '.') continue;
    auto changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify(changed)) << i;
  }
}

TEST_F(JwtVerifierTest, GarbageIsRefusedWithOneMessage) {
  const auto good = token(claims());
  const std::vector<std::string> garbage{"",
                                         ".",
                                         "..",
                                         "...",
                                         "a.b.c",
                                         "a.b",
                                         " " + good,
                                         good + " ",
                                         good + ".x",
                                         good + good,
                                         "Bearer " + good,
                                         std::string(1'000'000, 'a'),
                                         std::string(100'000, '.'),
                                         std::string("\0\0\0", 3),
                                         "\xff\xfe.\xff.\xff",
                                         token("[]"),
                                         token("7"),
                                         token("no JSON"),
                                         token(""),
                                         token(claims(), "no JSON"),
                                         token(claims(), "[]")};
  for (const auto& text : garbage) {
    const auto principal = verify(text);
    ASSERT_FALSE(principal) << text.substr(0, 60);
    EXPECT_EQ(principal.error(),
              (domain::Error{domain::ErrorCode::unauthenticated, "The token is not valid"}));
  }
}

TEST_F(JwtVerifierTest, SubjectMayBeMissing) {
  const auto exp = R"({"exp":)" + std::to_string(now() + 60);
  EXPECT_EQ(verify(token(exp + "}"))->subject, "");
  EXPECT_EQ(verify(token(exp + R"(,"sub":7})"))->subject, "");
}

}  // namespace
}  // namespace hearth::adapters::auth
