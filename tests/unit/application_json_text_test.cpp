#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "application/json_text.hpp"

namespace hearth::application {
namespace {

std::size_t counted_length(std::string_view text, bool (*ends)(char)) {
  return static_cast<std::size_t>(std::ranges::find_if(text, ends) - text.begin());
}

bool ends_ascii(char c) { return needs_escape(c) || static_cast<unsigned char>(c) > 0x7e; }

TEST(JsonText, EveryByteIsFoundAtEveryPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t place = 0; place < 40; ++place) {
      std::string text(40, 'a');
      text[place] = static_cast<char>(byte);
      ASSERT_EQ(plain_length(text), counted_length(text, needs_escape)) << byte << ' ' << place;
      ASSERT_EQ(plain_ascii_length(text), counted_length(text, ends_ascii)) << byte << ' ' << place;
    }
  }
}

TEST(JsonText, RandomTextsAreMeasuredAsByteByByte) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 50'000; ++round) {
    std::string text(random() % 80, 'x');
    for (auto& c : text) c = static_cast<char>(random() % 8 == 0 ? random() : 0x20 + random() % 94);
    ASSERT_EQ(plain_length(text), counted_length(text, needs_escape)) << text;
    ASSERT_EQ(plain_ascii_length(text), counted_length(text, ends_ascii)) << text;
  }
}

TEST(JsonText, WhatNeedsItIsEscaped) {
  std::string out = ">";
  append_json_text(out, "a\"b\\c\n\x1f/ \x7f \xc3\xa9");
  EXPECT_EQ(out, ">\"a\\\"b\\\\c\\u000a\\u001f/ \x7f \xc3\xa9\"");
}

}  // namespace
}  // namespace hearth::application
