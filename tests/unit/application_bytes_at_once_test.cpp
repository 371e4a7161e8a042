#include <gtest/gtest.h>

#include <random>
#include <string>

#include "application/bytes_at_once.hpp"

namespace hearth::application {
namespace {

TEST(EightBytes, DecimalDigitsAreTheirNumber) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 50'000; ++round) {
    std::string text(EightBytes::size, '0');
    for (auto& c : text) c = static_cast<char>('0' + random() % 10);
    ASSERT_EQ(EightBytes(text).decimal_number(), std::stoul(text)) << text;
  }
}

TEST(EightBytes, HexadecimalDigitsAreTheirNumber) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 50'000; ++round) {
    std::string text(EightBytes::size, '0');
    for (auto& c : text) c = "0123456789abcdef"[random() % 16];
    ASSERT_EQ(EightBytes(text).hexadecimal_number(), std::stoul(text, nullptr, 16)) << text;
  }
}

TEST(EightBytes, AnyOtherByteAmongHexadecimalDigitsIsNoNumber) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t place = 0; place < EightBytes::size; ++place) {
      for (const char others : {'0', '9', 'a', 'f'}) {
        std::string text(EightBytes::size, others);
        text[place] = static_cast<char>(byte);
        const bool is_digit = digits.find(text[place]) != std::string_view::npos;
        ASSERT_EQ(EightBytes(text).hexadecimal_number().has_value(), is_digit)
            << byte << ' ' << place << ' ' << others;
      }
    }
  }
}

TEST(EightBytes, VisibleCharactersAreCountedToTheFirstOther) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool is_visible = byte > 0x20 && byte < 0x7f;
    for (std::size_t place = 0; place < EightBytes::size; ++place) {
      for (const char others : {'!', 'a', '~'}) {
        std::string text(EightBytes::size, others);
        text[place] = static_cast<char>(byte);
        ASSERT_EQ(EightBytes(text).visible_length(), is_visible ? EightBytes::size : place)
            << byte << ' ' << place << ' ' << others;
      }
    }
  }
}

TEST(EightBytes, AnyOtherByteAmongDecimalDigitsIsNoNumber) {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t place = 0; place < EightBytes::size; ++place) {
      for (const char others : {'0', '9'}) {
        std::string text(EightBytes::size, others);
        text[place] = static_cast<char>(byte);
        const bool is_digit = byte >= '0' && byte <= '9';
        ASSERT_EQ(EightBytes(text).decimal_number().has_value(), is_digit) << byte << ' ' << place;
      }
    }
  }
}

}  // namespace
}  // namespace hearth::application
