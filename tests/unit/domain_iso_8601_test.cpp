#include <gtest/gtest.h>

#include "domain/iso_8601.hpp"

namespace hearth::domain {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

const Timestamp example =
    sys_days(std::chrono::year(2026) / 1 / 2) + 3h + 4min + 5s + std::chrono::milliseconds(67);

TEST(Iso8601, IsWrittenWithAllItsZeros) {
  EXPECT_EQ(iso_8601_seconds(example), "2026-01-02T03:04:05Z");
  EXPECT_EQ(iso_8601_milliseconds(example), "2026-01-02T03:04:05.067Z");
  EXPECT_EQ(iso_8601_milliseconds(Timestamp{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_8601_milliseconds(sys_days(std::chrono::year(44) / 3 / 15)),
            "0044-03-15T00:00:00.000Z");
}

TEST(Iso8601, TimesBefore1970AreRoundedDownToo) {
  EXPECT_EQ(iso_8601_seconds(Timestamp(-1ms)), "1969-12-31T23:59:59Z");
  EXPECT_EQ(iso_8601_milliseconds(Timestamp(-1ms)), "1969-12-31T23:59:59.999Z");
}

TEST(Iso8601, WhatIsWrittenIsRead) {
  for (const auto* text : {"2026-01-02T03:04:05Z", "2024-02-29T23:59:59Z", "1970-01-01T00:00:00Z",
                           "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
    const auto time = parse_iso_8601_seconds(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(iso_8601_seconds(*time), text);
  }
  EXPECT_EQ(parse_iso_8601_seconds("2026-01-02T03:04:05Z"), example - 67ms);
}

TEST(Iso8601, TimesThatThereAreNotAreNotRead) {
  for (const auto* text : {"2026-02-29T00:00:00Z", "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z",
                           "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-02T24:00:00Z",
                           "2026-01-02T03:60:05Z", "2026-01-02T03:04:60Z"}) {
    EXPECT_FALSE(parse_iso_8601_seconds(text)) << text;
  }
}

TEST(Iso8601, OtherShapesAreNotRead) {
  for (const auto* text : {"",
                           "Z",
                           "2026-01-02T03:04:05",
                           "2026-01-02T03:04:05z",
                           "2026-01-02t03:04:05Z",
                           "2026-01-02 03:04:05Z",
                           "2026-01-02T03:04:05Z ",
                           " 2026-01-02T03:04:05Z",
                           "2026-1-02T03:04:005Z",
                           "2026-01-02T03:04:05.000Z",
                           "2026-01-02T03:04:05+00:00",
                           "20260102T030405Z",
                           "2026-01-02T03:04:-5Z",
                           "2026-01-02T03:04:+5Z",
                           "2026-01-02T03:04: 5Z",
                           "-026-01-02T03:04:05Z",
                           "2026/01/02T03:04:05Z",
                           "2026-01-02T03-04-05Z",
                           "2026-01-02T03:04:0\xb2Z",
                           "12026-01-02T03:04:05Z"}) {
    EXPECT_FALSE(parse_iso_8601_seconds(text)) << text;
  }
}

}  // namespace
}  // namespace hearth::domain
