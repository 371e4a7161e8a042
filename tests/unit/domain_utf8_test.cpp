#include <gtest/gtest.h>

#include <string>

#include "domain/utf8.hpp"

namespace hearth::domain {
namespace {

using std::string_view_literals::operator""sv;

TEST(Utf8Length, CountsCodePoints) {
  EXPECT_EQ(utf8_length(""), 0u);
  EXPECT_EQ(utf8_length("abc"), 3u);
  EXPECT_EQ(utf8_length("é"), 1u);
  EXPECT_EQ(utf8_length("価格"), 2u);
  EXPECT_EQ(utf8_length("\U0001F680"), 1u);
  EXPECT_EQ(utf8_length("aé価\U0001F680"), 4u);
  EXPECT_EQ(utf8_length("e\u0301"), 2u) << "a combining mark is a code point of its own";
}

TEST(Utf8Length, NulIsACharacter) { EXPECT_EQ(utf8_length("a\0b"sv), 3u); }

TEST(Utf8Length, FirstAndLastOfEachLengthAreAccepted) {
  for (const auto text : {"\x7f"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv, "\xef\xbf\xbf"sv,
                          "\xf0\x90\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv}) {
    EXPECT_EQ(utf8_length(text), 1u) << testing::PrintToString(text);
  }
}

TEST(Utf8Length, NeighboursOfSurrogatesAreAccepted) {
  EXPECT_EQ(utf8_length("\xed\x9f\xbf"sv), 1u);
  EXPECT_EQ(utf8_length("\xee\x80\x80"sv), 1u);
}

TEST(Utf8Length, SurrogatesAreRefused) {
  EXPECT_FALSE(utf8_length("\xed\xa0\x80"sv));
  EXPECT_FALSE(utf8_length("\xed\xbf\xbf"sv));
}

TEST(Utf8Length, OverlongFormsAreRefused) {
  for (const auto text : {"\xc0\x80"sv, "\xc0\xaf"sv, "\xc1\xbf"sv, "\xe0\x80\x80"sv,
                          "\xe0\x9f\xbf"sv, "\xf0\x80\x80\x80"sv, "\xf0\x8f\xbf\xbf"sv}) {
    EXPECT_FALSE(utf8_length(text)) << testing::PrintToString(text);
  }
}

TEST(Utf8Length, ValuesAboveUnicodeAreRefused) {
  for (const auto text :
       {"\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xf8\x88\x80\x80\x80"sv, "\xfe"sv, "\xff"sv}) {
    EXPECT_FALSE(utf8_length(text)) << testing::PrintToString(text);
  }
}

TEST(Utf8Length, EveryTruncationIsRefused) {
  for (const auto text : {"é"sv, "価"sv, "\U0001F680"sv}) {
    for (std::size_t length = 1; length < text.size(); ++length) {
      EXPECT_FALSE(utf8_length(text.substr(0, length)));
      const auto followed = std::string(text.substr(0, length)) + "a";
      EXPECT_FALSE(utf8_length(followed)) << "a letter where a continuation belongs";
    }
  }
}

TEST(Utf8Length, LoneContinuationIsRefused) {
  EXPECT_FALSE(utf8_length("\x80"sv));
  EXPECT_FALSE(utf8_length("a\xbf"sv));
}

}  // namespace
}  // namespace hearth::domain
