#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "adapters/http/authorization.hpp"

namespace hearth::adapters::http {
namespace {

using application::Principal;
using domain::ErrorCode;

/// Knows one token, and counts how often it is asked.
class OneToken final : public application::TokenVerifier {
 public:
  OneToken(std::string token, bool is_admin, int& asked)
      : token_(std::move(token)), is_admin_(is_admin), asked_(asked) {}

  domain::Result<Principal> verify(std::string_view token) const override {
    ++asked_;
    if (token != token_) return domain::fail(ErrorCode::unauthenticated, "no");
    return Principal{token_, is_admin_};
  }

 private:
  std::string token_;
  bool is_admin_;
  int& asked_;
};

class AuthorizationTest : public testing::Test {
 protected:
  Authorization authorization(std::vector<std::pair<std::string, bool>> tokens) {
    std::vector<std::unique_ptr<application::TokenVerifier>> verifiers;
    for (const auto& [token, is_admin] : tokens) {
      verifiers.push_back(std::make_unique<OneToken>(token, is_admin, asked_));
    }
    return Authorization(std::move(verifiers));
  }

  int asked_ = 0;
};

TEST_F(AuthorizationTest, AdministratorIsLetIn) {
  const auto doors = authorization({{"root", true}});
  for (const auto* header : {"Bearer root", "bearer root", "BEARER root", "Bearer   root"}) {
    ASSERT_TRUE(doors.require_admin(header)) << header;
    EXPECT_EQ(doors.require_admin(header)->subject, "root");
  }
}

TEST_F(AuthorizationTest, OtherHeadersAreUnauthenticatedWithOneMessage) {
  const auto doors = authorization({{"root", true}});
  const auto without = doors.require_admin("").error();
  EXPECT_EQ(without.code, ErrorCode::unauthenticated);
  for (const auto* header : {"root", "Basic root", "Bearer", "Bearer ", "Bearerroot", "Bearer roo",
                             "Bearer root ", "Bearer\troot", " Bearer root", "Bearer Root"}) {
    const auto refused = doors.require_admin(header);
    ASSERT_FALSE(refused) << header;
    EXPECT_EQ(refused.error(), without) << header;
  }
}

TEST_F(AuthorizationTest, EveryVerifierIsAskedWhateverTheHeader) {
  const auto doors = authorization({{"root", true}, {"other", true}});
  for (const auto* header : {"Bearer root", "Bearer other", "Bearer nobody", "Basic x", ""}) {
    asked_ = 0;
    (void)doors.require_admin(header);
    EXPECT_EQ(asked_, 2) << header;
  }
}

TEST_F(AuthorizationTest, ValidTokenWithoutTheRoleIsForbidden) {
  const auto doors = authorization({{"reader", false}});
  EXPECT_EQ(doors.require_admin("Bearer reader").error().code, ErrorCode::forbidden);
}

TEST_F(AuthorizationTest, OneVerifierThatKnowsAnAdministratorIsEnough) {
  EXPECT_TRUE(authorization({{"a", false}, {"a", true}}).require_admin("Bearer a"));
  EXPECT_TRUE(authorization({{"a", true}, {"a", false}}).require_admin("Bearer a"));
}

TEST_F(AuthorizationTest, WithoutVerifiersNobodyIsLetIn) {
  const auto doors = authorization({});
  for (const auto* header : {"", "Bearer ", "Bearer root"}) {
    EXPECT_EQ(doors.require_admin(header).error().code, ErrorCode::unauthenticated) << header;
  }
}

}  // namespace
}  // namespace hearth::adapters::http
