#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/http/entity_tag.hpp"

namespace hearth::adapters::http {
namespace {

TEST(EntityTag, IsWeakAndHasSixteenDigits) {
  EXPECT_EQ(weak_entity_tag(0), R"(W/"0000000000000000")");
  EXPECT_EQ(weak_entity_tag(0x0123456789abcdefU), R"(W/"0123456789abcdef")");
}

TEST(EntityTag, IsComparedWeaklyWithEachOfAList) {
  const auto tag = weak_entity_tag(0xa1);
  const std::string strong = R"("00000000000000a1")";
  for (const auto& sent : std::vector<std::string>{
           tag, strong, "W/" + strong, "*", " * ", R"("x", )" + tag, tag + R"(,"x")",
           R"(W/"",)" + strong, " ,, " + tag + " , ", R"("a,b" ,)" + strong}) {
    EXPECT_TRUE(is_matched(sent, tag)) << sent;
  }
}

TEST(EntityTag, WhatIsAnotherOrMalformedMatchesNothing) {
  const auto tag = weak_entity_tag(0xa1);
  for (const auto* sent :
       {"", " ", ",", "**", "*, \"x\"", R"("00000000000000a2")", "00000000000000a1",
        R"("00000000000000a1)", R"(w/"00000000000000a1")", R"("x" "00000000000000a1")",
        R"(W/ "00000000000000a1")", R"("x"W/"00000000000000a1")"}) {
    EXPECT_FALSE(is_matched(sent, tag)) << sent;
  }
}

}  // namespace
}  // namespace hearth::adapters::http
