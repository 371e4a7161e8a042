#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "application/warming_schedule.hpp"

namespace hearth::application {
namespace {

using testing::HasSubstr;

struct Rejected {
  std::string marked;  ///< the expression, with | before the place of the mistake
  std::string part;    ///< of what the message says
};

const auto& rejected() {
  static const std::vector<Rejected> table = {
      // neither a rate nor a cron expression
      {"|", "rate(...) or cron(...) is expected"},
      {"|1 hour", "rate(...) or cron(...)"},
      {"|Rate(1 hour)", "in lower case"},
      {"|CRON(0 10 * * ? *)", "in lower case"},
      {"| rate(1 hour)", "rate(...) or cron(...)"},
      {"|rate (1 hour)", "rate(...) or cron(...)"},
      {"|at(2026-11-22T21:00:00)", "rate(...) or cron(...)"},
      {"rate(1 hour)| ", "nothing may follow"},
      {"rate(1 hour)|)", "nothing may follow"},
      {"cron(0 10 * * ? *)|,", "nothing may follow"},
      // rates
      {"rate(|)", "a whole number from 1 to 1000000"},
      {"rate(|0 minutes)", "a whole number"},
      {"rate(|-5 minutes)", "a whole number"},
      {"rate(|+5 minutes)", "a whole number"},
      {"rate(| 5 minutes)", "a whole number"},
      {"rate(|1000001 minutes)", "from 1 to 1000000"},
      {"rate(|99999999999999999999 days)", "from 1 to 1000000"},
      {"rate(|one hour)", "a whole number"},
      {"rate(1|.5 hours)", "a blank"},
      {"rate(5|minutes)", "a blank"},
      {"rate(5|)", "a blank"},
      {"rate(5|", "a blank"},
      {"rate(5 |)", "minute, minutes, hour, hours, day or days"},
      {"rate(5 |minute)", "'minutes' is expected after 5"},
      {"rate(1 |minutes)", "'minute' is expected after 1"},
      {"rate(1 |hours)", "'hour'"},
      {"rate(24 |hour)", "'hours'"},
      {"rate(1 |days)", "'day'"},
      {"rate(2 |day)", "'days'"},
      {"rate(30 |seconds)", "minute, minutes, hour, hours, day or days"},
      {"rate(1 |week)", "minute, minutes"},
      {"rate(1 |Hour)", "minute, minutes"},
      {"rate(1 hour| )", "')' is expected"},
      {"rate(1 hour|", "')' is expected, not the end"},
      // how many fields there are
      {"cron(|)", "the minute takes"},
      {"cron(| 0 10 * * ? *)", "the minute takes"},
      {"cron(0|)", "the hour is missing"},
      {"cron(0 10|)", "the day of month is missing"},
      {"cron(0 10 *|)", "the month is missing"},
      {"cron(0 10 * *|)", "the day of week is missing"},
      {"cron(0 10 * * ?|)", "the year is missing"},
      {"cron(0 10 * * ?| )", "the year is missing"},
      {"cron(0 10 * * ?|", "six fields"},
      {"cron(0 10 * * ? *|", "')' is expected"},
      {"cron(0 10 * * ? *| *)", "')' is expected"},
      {"cron(0 10 * * ? *| )", "')' is expected"},
      // values
      {"cron(|60 * * * ? *)", "minute 60 is not in 0-59"},
      {"cron(0 |24 * * ? *)", "hour 24 is not in 0-23"},
      {"cron(0 |25 * * ? *)", "hour 25 is not in 0-23"},
      {"cron(0 0 |0 * ? *)", "day of month 0 is not in 1-31"},
      {"cron(0 0 |32 * ? *)", "day of month 32"},
      {"cron(0 0 |32W * ? *)", "day of month 32"},
      {"cron(0 0 1 |0 ? *)", "month 0 is not in 1-12"},
      {"cron(0 0 1 |13 ? *)", "month 13"},
      {"cron(0 0 ? * |0 *)", "day of week 0 is not in 1-7"},
      {"cron(0 0 ? * |8 *)", "day of week 8"},
      {"cron(0 0 * * ? |1969)", "year 1969 is not in 1970-2199"},
      {"cron(0 0 * * ? |2200)", "year 2200"},
      {"cron(0 0 * * ? |99999999999)", "is not in 1970-2199"},
      {"cron(0,|61 0 * * ? *)", "minute 61"},
      {"cron(0-|61 0 * * ? *)", "minute 61"},
      {"cron(0 0 1 |FOO ? *)", "'FOO' is no month; the names are JAN to DEC"},
      {"cron(0 0 1 |ja ? *)", "'JA' is no month"},
      {"cron(0 0 1 JAN|UARY ? *)", "'U' does not fit here: the month takes 1-12, JAN-DEC"},
      {"cron(0 0 ? * |FUN *)", "'FUN' is no day of week; the names are SUN to SAT"},
      {"cron(0 0 ? * |JAN *)", "'JAN' is no day of week"},
      {"cron(0 0 |MON * ? *)", "does not fit here: the day of month takes"},
      {"cron(|x 0 * * ? *)", "'x' does not fit here: the minute takes 0-59 and , - * /"},
      {"cron(|\xC3\xA4 0 * * ? *)", "does not fit here"},
      {"cron(5|x 0 * * ? *)", "'x' does not fit here"},
      {"cron(|-1 0 * * ? *)", "'-' does not fit here"},
      // lists, ranges and steps
      {"cron(0,| 0 * * ? *)", "the minute takes"},
      {"cron(|,0 0 * * ? *)", "the minute takes"},
      {"cron(0,|,5 0 * * ? *)", "the minute takes"},
      {"cron(0-| 0 * * ? *)", "the minute takes"},
      {"cron(0-5|-9 0 * * ? *)", "'-' does not fit here"},
      {"cron(*|,5 0 * * ? *)", "',' does not fit here"},
      {"cron(5,|* 0 * * ? *)", "'*' does not fit here"},
      {"cron(*|-5 0 * * ? *)", "'-' does not fit here"},
      {"cron(*|5 0 * * ? *)", "'5' does not fit here"},
      {"cron(0/| 0 * * ? *)", "a step from 1 to 9999"},
      {"cron(0/|0 0 * * ? *)", "a step from 1 to 9999"},
      {"cron(*/|-1 0 * * ? *)", "a step from 1 to 9999"},
      {"cron(0/|10000 0 * * ? *)", "a step from 1 to 9999"},
      {"cron(0/5|/5 0 * * ? *)", "'/' does not fit here"},
      {"cron(|/5 0 * * ? *)", "'/' does not fit here"},
      {"cron(0 0 1 2/|FEB ? *)", "a step from 1"},
      {"cron(0 0 ? * 2|/2 *)", "'/' does not fit here: the day of week takes"},
      {"cron(0 0 ? * *|/2 *)", "'/' does not fit here: the day of week takes"},
      {"cron(0 0 * * ? 2030-|2029)", "a range of years does not go back: 2029 is before 2030"},
      // ?
      {"cron(0 0 * * |* *)", "the day of week must be '?'"},
      {"cron(0 0 1 * |MON *)", "the day of week must be '?'"},
      {"cron(0 0 ? * |? *)", "the day of week must name days"},
      {"cron(|? 0 * * ? *)", "'?' does not fit here"},
      {"cron(0 |? * * ? *)", "'?' does not fit here"},
      {"cron(0 0 1 |? ? *)", "'?' does not fit here"},
      {"cron(0 0 1 * ? |?)", "'?' does not fit here"},
      {"cron(0 0 ?|5 * 2 *)", "'5' does not fit here"},
      {"cron(0 0 5|? * ? *)", "'?' does not fit here"},
      {"cron(0 0 5,|? * ? *)", "'?' does not fit here"},
      {"cron(0 0 1 * ?|,2 *)", "',' does not fit here: the day of week takes"},
      {"cron(0 0 1 * ?|2026)", "'2' does not fit here: the day of week takes"},
      {"cron(0 0 ?|1 2 *)", "'1' does not fit here: the day of month takes"},
      // L, W and #
      {"cron(|L 0 * * ? *)", "the minute takes"},
      {"cron(0 0 1 |L ? *)", "'L' is no month"},
      {"cron(0 0 * * ? |L)", "the year takes"},
      {"cron(0 0 |W * ? *)", "the day of month takes"},
      {"cron(0 0 ? * |W *)", "'W' is no day of week"},
      {"cron(0 0 ? * 2|W *)", "the day of week takes"},
      {"cron(0 0 *|W * ? *)", "'W' does not fit here"},
      {"cron(0 0 1-5|W * ? *)", "'W' does not fit here"},
      {"cron(0 0 5W|-9 * ? *)", "'-' does not fit here"},
      {"cron(0 0 5W|/2 * ? *)", "'/' does not fit here"},
      {"cron(0 0 L|-3 * ? *)", "'-' does not fit here"},
      {"cron(0 0 5|L * ? *)", "'L' does not fit here"},
      {"cron(0 0 |WL * ? *)", "the day of month takes"},
      {"cron(0 0 L|L * ? *)", "'L' does not fit here"},
      {"cron(0 0 LW|W * ? *)", "'W' does not fit here"},
      {"cron(0 0 ? * L|2 *)", "'2' does not fit here"},
      {"cron(0 0 ? * 2-6|L *)", "'L' does not fit here"},
      {"cron(0 0 1|#2 * ? *)", "'#' does not fit here"},
      {"cron(0 0 ? * 3#|0 *)", "1 to 5 is expected after '#'"},
      {"cron(0 0 ? * 3#|6 *)", "1 to 5 is expected after '#'"},
      {"cron(0 0 ? * 3#| *)", "1 to 5 is expected after '#'"},
      {"cron(0 0 ? * |#2 *)", "'#' does not fit here"},
      {"cron(0 0 ? * 3#1|,6#3 *)", "a day of week with '#' is not part of a list"},
      {"cron(0 0 ? * 3#1|,6 *)", "is not part of a list"},
      {"cron(0 0 ? * 6,3|#1 *)", "is not part of a list"},
      {"cron(0 0 ? * 3#1|#1 *)", "'#' does not fit here"},
      {"cron(0 0 ? * 2-3|#1 *)", "'#' does not fit here"},
      {"cron(0 0 ? * 3#1|-4 *)", "'-' does not fit here"},
      // too long, however well it begins
      {"cron(0 0 " + std::string(247, '1') + "|1 * ? *)", "at most 256 characters"},
  };
  return table;
}

TEST(WarmingScheduleMistakes, AreFoundWhereTheyAreAndSayWhatIsExpected) {
  for (const auto& row : rejected()) {
    const auto position = row.marked.find('|') + 1;
    std::string text = row.marked;
    text.erase(position - 1, 1);
    const auto pointed = WarmingSchedule::parse_or_point(text);
    ASSERT_FALSE(pointed) << "accepted: " << text;
    EXPECT_EQ(pointed.error().position, position) << text << ": " << pointed.error().what;
    EXPECT_THAT(pointed.error().what, HasSubstr(row.part)) << text;
  }
}

TEST(WarmingScheduleMistakes, MessageHasTheTextThePositionAndWhatIsExpected) {
  const auto parsed = WarmingSchedule::parse("cron(0 25 * * ? *)");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, domain::ErrorCode::validation);
  EXPECT_EQ(parsed.error().message, "cron(0 25 * * ? *): at position 8: hour 25 is not in 0-23");
}

// Whatever is cut off or put in, the answer is a schedule or a position within the text or just
// behind it.
TEST(WarmingScheduleMistakes, EveryCutAndEveryWrongCharacterHasAPlace) {
  for (const std::string whole : {"cron(0/15 8-17 ? JAN-MAR,12 3#2 2026-2030)",
                                  "cron(5 0 15W,LW,L * ? */2)", "rate(15 minutes)"}) {
    ASSERT_TRUE(WarmingSchedule::parse(whole)) << whole;
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto cut = WarmingSchedule::parse_or_point(whole.substr(0, length));
      ASSERT_FALSE(cut) << whole.substr(0, length);
      EXPECT_GE(cut.error().position, 1u);
      EXPECT_LE(cut.error().position, length + 1);
      for (int character = 0; character < 256; ++character) {
        auto changed = whole;
        changed[length] = static_cast<char>(character);
        const auto parsed = WarmingSchedule::parse_or_point(changed);
        if (parsed) continue;
        EXPECT_GE(parsed.error().position, 1u);
        EXPECT_LE(parsed.error().position, changed.size() + 1);
      }
    }
  }
}

}  // namespace
}  // namespace hearth::application
