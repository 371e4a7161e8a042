#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "adapters/http/json_writer.hpp"

namespace hearth::adapters::http {
namespace {

std::string number(double value, int decimals) {
  return JsonWriter().value(value, decimals).take();
}

TEST(JsonWriter, CommasStandBetweenMembersAndElements) {
  JsonWriter json;
  json.begin_object()
      .member("a", 1)
      .key("b")
      .begin_array()
      .value(1)
      .begin_object()
      .end_object()
      .begin_array()
      .end_array()
      .null()
      .end_array()
      .member("c", true)
      .member("d", "text")
      .end_object();
  EXPECT_EQ(json.take(), R"({"a":1,"b":[1,{},[],null],"c":true,"d":"text"})");
}

TEST(JsonWriter, TextsAreEscaped) {
  EXPECT_EQ(JsonWriter().value("a\"b\\c/d").take(), R"("a\"b\\c/d")");
  EXPECT_EQ(JsonWriter().value("\n\t\x1f").take(), R"("\u000a\u0009\u001f")");
  EXPECT_EQ(JsonWriter().value(std::string_view("\0", 1)).take(), R"("\u0000")");
  EXPECT_EQ(JsonWriter().value("\x7f \xc3\xa9 \xf0\x9f\x94\xa5").take(),
            "\"\x7f \xc3\xa9 \xf0\x9f\x94\xa5\"");
  EXPECT_EQ(JsonWriter().begin_object().member("\"", 1).end_object().take(), R"({"\"":1})");
}

TEST(JsonWriter, EveryByteIsReadBackByAnotherParser) {
  for (int byte = 0; byte < 128; ++byte) {
    const std::string text = "a" + std::string(1, static_cast<char>(byte)) + "b";
    const auto parsed = boost::json::parse(JsonWriter().value(std::string_view(text)).take());
    EXPECT_EQ(parsed.as_string(), text) << byte;
  }
}

TEST(JsonWriter, WholeNumbersKeepEveryDigit) {
  EXPECT_EQ(JsonWriter().value(std::numeric_limits<std::uint64_t>::max()).take(),
            "18446744073709551615");
  EXPECT_EQ(JsonWriter().value(std::numeric_limits<std::int64_t>::min()).take(),
            "-9223372036854775808");
  EXPECT_EQ(JsonWriter().value(-1).take(), "-1");
}

TEST(JsonWriter, FractionsHaveNoExponentAndNoIdleZeros) {
  EXPECT_EQ(number(0.5, 3), "0.5");
  EXPECT_EQ(number(12.3456, 3), "12.346");
  EXPECT_EQ(number(100, 3), "100");
  EXPECT_EQ(number(100, 0), "100");
  EXPECT_EQ(number(0, 6), "0");
  EXPECT_EQ(number(0.0000001, 3), "0");
  EXPECT_EQ(number(1e21, 3), "1000000000000000000000");
  EXPECT_EQ(number(-2.50, 2), "-2.5");
  EXPECT_EQ(number(std::numeric_limits<double>::max(), 6).find('e'), std::string::npos);
}

TEST(JsonWriter, WhatIsNoNumberIsNull) {
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN(), 3), "null");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity(), 3), "null");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity(), 3), "null");
}

TEST(JsonWriter, NullAmongMembersKeepsItsComma) {
  JsonWriter json;
  json.begin_array()
      .value(1)
      .value(std::numeric_limits<double>::quiet_NaN(), 1)
      .value(2)
      .end_array();
  EXPECT_EQ(json.take(), "[1,null,2]");
}

}  // namespace
}  // namespace hearth::adapters::http
