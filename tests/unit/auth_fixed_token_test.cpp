#include <gtest/gtest.h>

#include <string>

#include "adapters/auth/fixed_token_verifier.hpp"

namespace hearth::adapters::auth {
namespace {

TEST(FixedTokenVerifier, KnowsItsToken) {
  const FixedTokenVerifier verifier("a-token-of-the-administrator");
  const auto principal = verifier.verify("a-token-of-the-administrator");
  ASSERT_TRUE(principal);
  EXPECT_TRUE(principal->is_admin);
  EXPECT_EQ(principal->subject, "admin-token");
}

TEST(FixedTokenVerifier, RefusesEveryOtherWithOneMessage) {
  const FixedTokenVerifier verifier("a-token-of-the-administrator");
  for (const std::string& token :
       {std::string(), std::string("a-token-of-the-administratoR"),
        std::string("a-token-of-the-administrator "), std::string("a-token-of-the-administrato"),
        std::string("a-token-of-the-administrator\0", 29), std::string(1'000'000, 'a')}) {
    const auto principal = verifier.verify(token);
    ASSERT_FALSE(principal);
    EXPECT_EQ(principal.error(),
              (domain::Error{domain::ErrorCode::unauthenticated, "The token is not valid"}));
  }
}

}  // namespace
}  // namespace hearth::adapters::auth
