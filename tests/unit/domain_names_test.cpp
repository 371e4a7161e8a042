#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <unordered_set>

#include "domain/names.hpp"

namespace hearth::domain {
namespace {

using testing::HasSubstr;

void expect_refused(const Result<FlagKey>& key, std::string_view hint) {
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, ErrorCode::validation);
  EXPECT_THAT(key.error().message, HasSubstr("1 to 100 characters of [A-Za-z0-9._-]"));
  EXPECT_THAT(key.error().message, HasSubstr(std::string(hint)));
}

TEST(FlagKey, EveryAllowedCharacterIsAccepted) {
  for (const std::string_view text :
       {"a", "Z", "0", "_", "-", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "0123456789", "checkout.new-flow_2", "..a", "..."}) {
    const auto key = FlagKey::parse(text);
    ASSERT_TRUE(key) << text;
    EXPECT_EQ(key->text(), text);
  }
}

TEST(FlagKey, EveryOtherByteIsRefused) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    const std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const bool is_allowed = allowed.find(c) != std::string_view::npos;
    EXPECT_EQ(FlagKey::parse(std::string("a") + c + "b").has_value(), is_allowed) << byte;
  }
}

TEST(FlagKey, EmptyIsRefused) { expect_refused(FlagKey::parse(""), "empty"); }

TEST(FlagKey, WhatClientsRemoveFromPathsIsRefused) {
  // RFC 3986, section 5.2.4: `.` and `..` never reach the server.
  for (const std::string_view text : {".", ".."}) {
    const auto key = FlagKey::parse(text);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, ErrorCode::validation);
  }
  EXPECT_TRUE(FlagKey::parse("..."));
  EXPECT_TRUE(FlagKey::parse(".a"));
}

TEST(FlagKey, SlashIsRefusedWithItsPlace) {
  expect_refused(FlagKey::parse("a/b"), "character 2 is '/'");
}

TEST(FlagKey, SpaceIsRefused) { expect_refused(FlagKey::parse("a b"), "' '"); }

TEST(FlagKey, ColonIsRefused) { expect_refused(FlagKey::parse("a:b"), "':'"); }

TEST(FlagKey, NulIsRefusedAndShownAsByte) {
  expect_refused(FlagKey::parse(std::string_view("a\0b", 3)), "byte 0x00");
}

TEST(FlagKey, NewlineAtTheEndIsRefused) { expect_refused(FlagKey::parse("a\n"), "byte 0x0a"); }

TEST(FlagKey, UnicodeIsRefusedAsBytes) { expect_refused(FlagKey::parse("größe"), "byte 0xc3"); }

TEST(FlagKey, HundredCharactersAreTheMost) {
  EXPECT_TRUE(FlagKey::parse(std::string(100, 'k')));
  expect_refused(FlagKey::parse(std::string(101, 'k')), "101 characters");
}

TEST(FlagKey, MessageAboutHugeKeyStaysShort) {
  const auto key = FlagKey::parse(std::string(10'000, '/'));
  expect_refused(key, "10000 characters");
  EXPECT_LT(key.error().message.size(), 200u);
}

TEST(FlagKey, ComparesAndHashesByText) {
  const auto a = FlagKey::parse("a").value();
  const auto upper = FlagKey::parse("A").value();
  EXPECT_NE(a, upper);
  EXPECT_LT(upper, a);
  const std::unordered_set<FlagKey> keys{a, upper, FlagKey::parse("a").value()};
  EXPECT_EQ(keys.size(), 2u);
}

TEST(Environment, UsualNamesAreAccepted) {
  for (const std::string_view text : {"production", "staging", "local", "eu-west_1", "QA", "7"}) {
    const auto environment = Environment::parse(text);
    ASSERT_TRUE(environment) << text;
    EXPECT_EQ(environment->text(), text);
  }
}

TEST(Environment, WhatCouldBreakACacheKeyIsRefused) {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("a:b"), std::string_view("a.b"),
        std::string_view("a b"), std::string_view("a/b"), std::string_view("{a}"),
        std::string_view("*"), std::string_view("a\0", 2), std::string_view("ä")}) {
    const auto environment = Environment::parse(text);
    ASSERT_FALSE(environment) << text;
    EXPECT_EQ(environment.error().code, ErrorCode::validation);
    EXPECT_THAT(environment.error().message, HasSubstr("[A-Za-z0-9_-]"));
  }
}

TEST(Environment, SixtyFourCharactersAreTheMost) {
  EXPECT_TRUE(Environment::parse(std::string(64, 'e')));
  EXPECT_FALSE(Environment::parse(std::string(65, 'e')));
}

}  // namespace
}  // namespace hearth::domain
