#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "application/text_cursor.hpp"

namespace hearth::application {
namespace {

TEST(TextCursor, AppendsPieceAfterPieceBehindWhatIsThere) {
  std::string out = "so far;";
  append_written(out, 40, [](TextCursor& cursor) {
    cursor.literal(" a literal, ").text("a text").literal("").text("").number(-12);
  });
  EXPECT_EQ(out, "so far; a literal, a text-12");
}

TEST(TextCursor, LeavesNothingOfTheRoomThatWasNotUsed) {
  std::string out;
  append_written(out, 10'000, [](TextCursor&) {});
  EXPECT_EQ(out, "");
}

TEST(TextCursor, TheLongestNumbersFillTheirRoom) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  std::string out;
  append_written(out, 2 * TextCursor::most_digits,
                 [&](TextCursor& cursor) { cursor.number(most).number(least); });
  EXPECT_EQ(out, "18446744073709551615-9223372036854775808");
}

TEST(TextCursor, TextGrowsAsOftenAsItIsAppendedTo) {
  std::string out;
  std::string expected;
  for (int i = 0; i < 1'000; ++i) {
    append_written(out, TextCursor::most_digits + 1,
                   [i](TextCursor& cursor) { cursor.number(i).literal(","); });
    expected += std::to_string(i) + ",";
  }
  EXPECT_EQ(out, expected);
}

}  // namespace
}  // namespace hearth::application
