#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "application/warming_schedule.hpp"

// Random expressions against a model that is slow and obvious: every day from 1970 to 2199 stands
// in a list, every minute of a day is tried, and what an expression means is noted while its text
// is made up, so that nothing here parses anything. The model shares no code with hearth and uses
// no calendar of the standard library.

namespace hearth::application {
namespace {

struct Day {
  int year = 1970;
  int month = 1;
  int day = 1;
  int weekday = 5;  ///< as in an expression, 1 is Sunday: 1970-01-01 was a Thursday
  int days_in_month = 31;
};

int days_in_month(int year, int month) {
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month == 2) return leap ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// All days of the grammar's years, in order.
std::vector<Day> make_calendar() {
  std::vector<Day> all;
  int weekday = Day{}.weekday;
  for (int year = 1970; year <= 2199; ++year) {
    for (int month = 1; month <= 12; ++month) {
      const int length = days_in_month(year, month);
      for (int day = 1; day <= length; ++day) {
        all.push_back({year, month, day, weekday, length});
        weekday = weekday == 7 ? 1 : weekday + 1;
      }
    }
  }
  return all;
}

/// The weekday of another day of the same month.
int weekday_of(const Day& known, int day) {
  return ((known.weekday - 1 + day - known.day) % 7 + 7) % 7 + 1;
}

bool is_monday_to_friday(const Day& known, int day) {
  const int weekday = weekday_of(known, day);
  return weekday != 1 && weekday != 7;
}

/// Whether this day is the Monday to Friday of its month with the least distance to `wanted`.
bool is_nearest_weekday(const Day& day, int wanted) {
  if (wanted > day.days_in_month) return false;
  int best = 100;
  for (int other = 1; other <= day.days_in_month; ++other) {
    if (is_monday_to_friday(day, other) && std::abs(other - wanted) < std::abs(best - wanted)) {
      best = other;
    }
  }
  return day.day == best;
}

bool is_last_weekday(const Day& day) {
  for (int later = day.day + 1; later <= day.days_in_month; ++later) {
    if (is_monday_to_friday(day, later)) return false;
  }
  return is_monday_to_friday(day, day.day);
}

using DayRule = std::function<bool(const Day&)>;

/// An expression and what it means.
struct Sample {
  std::string text;
  std::set<int> minutes;
  std::set<int> hours;
  std::set<int> months;
  std::set<int> years;
  DayRule day_rule;
};

/// Makes up expressions. Threading: one owner.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Sample sample() {
    Sample made;
    made.text = "cron(" + plain(0, 59, made.minutes) + " " + plain(0, 23, made.hours) + " ";
    const bool by_week = chance(50);
    std::string of_week = "?";
    std::string of_month = "?";
    (by_week ? of_week : of_month) =
        by_week ? days_of_week(made.day_rule) : days_of_month(made.day_rule);
    made.text += of_month + " " + months(made.months) + " " + of_week + " " + years(made.years);
    made.text += ")";
    return made;
  }

  int pick(int least, int greatest) {
    return std::uniform_int_distribution<int>(least, greatest)(random_);
  }

  std::int64_t pick_milliseconds(std::int64_t least, std::int64_t greatest) {
    return std::uniform_int_distribution<std::int64_t>(least, greatest)(random_);
  }

 private:
  bool chance(int percent) { return pick(1, 100) <= percent; }

  /// Notes each `step`-th value on the walk from `first` to `last`, which goes on at the least
  /// value after the greatest.
  static void walk(int least, int greatest, int first, int last, int step, std::set<int>& values) {
    for (int value = first, steps = 0;; ++steps) {
      if (steps % step == 0) values.insert(value);
      if (value == last) return;
      value = value == greatest ? least : value + 1;
    }
  }

  std::string item(int least, int greatest, std::set<int>& values, bool wraps, bool steps) {
    const int first = pick(least, greatest);
    const int last = pick(wraps ? least : first, greatest);
    const int step = pick(1, 12);
    switch (pick(0, steps ? 3 : 1)) {
      case 0: values.insert(first); return std::to_string(first);
      case 1:
        walk(least, greatest, first, last, 1, values);
        return std::to_string(first) + "-" + std::to_string(last);
      case 2:
        walk(least, greatest, first, greatest, step, values);
        return std::to_string(first) + "/" + std::to_string(step);
      default:
        walk(least, greatest, first, last, step, values);
        return std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(step);
    }
  }

  std::string plain(int least, int greatest, std::set<int>& values, bool wraps = true) {
    if (chance(20)) {
      walk(least, greatest, least, greatest, 1, values);
      return "*";
    }
    if (chance(20)) {
      const int step = pick(1, 40);
      walk(least, greatest, least, greatest, step, values);
      return "*/" + std::to_string(step);
    }
    std::string text;
    for (int left = pick(1, 3); left > 0; --left) {
      text += item(least, greatest, values, wraps, true) + (left > 1 ? "," : "");
    }
    return text;
  }

  std::string months(std::set<int>& values) {
    if (!chance(20)) return plain(1, 12, values);
    const char* const names[] = {"JAN", "feb", "Mar", "APR", "may", "Jun",
                                 "JUL", "aug", "Sep", "OCT", "nov", "Dec"};
    const int first = pick(1, 12);
    const int last = pick(1, 12);
    walk(1, 12, first, last, 1, values);
    return std::string(names[first - 1]) + "-" + names[last - 1];
  }

  std::string years(std::set<int>& values) {
    if (chance(60)) return plain(1970, 2199, values, false);
    walk(1970, 2199, 1970, 2199, 1, values);
    return "*";
  }

  std::string days_of_month(DayRule& rule) {
    const int wanted = pick(1, 31);
    switch (pick(0, 4)) {
      case 0: rule = [](const Day& day) { return day.day == day.days_in_month; }; return "L";
      case 1: rule = is_last_weekday; return "LW";
      case 2:
        rule = [wanted](const Day& day) { return is_nearest_weekday(day, wanted); };
        return std::to_string(wanted) + "W";
      case 3: {
        std::set<int> days;
        const auto more = item(1, 31, days, true, true);
        rule = [wanted, days](const Day& day) {
          return is_nearest_weekday(day, wanted) || days.contains(day.day) ||
                 day.day == day.days_in_month;
        };
        return "L," + more + "," + std::to_string(wanted) + "W";
      }
      default: {
        std::set<int> days;
        const auto text = plain(1, 31, days);
        rule = [days](const Day& day) { return days.contains(day.day); };
        return text;
      }
    }
  }

  std::string days_of_week(DayRule& rule) {
    const int wanted = pick(1, 7);
    const char* const names[] = {"SUN", "mon", "Tue", "WED", "thu", "Fri", "SAT"};
    const std::string name = chance(50) ? std::to_string(wanted) : names[wanted - 1];
    const auto is_last = [wanted](const Day& day) {
      return day.weekday == wanted && day.day + 7 > day.days_in_month;
    };
    switch (pick(0, 4)) {
      case 0: rule = [](const Day& day) { return day.weekday == 7; }; return "L";
      case 1: rule = is_last; return name + "L";
      case 2: {
        const int instance = pick(1, 5);
        rule = [wanted, instance](const Day& day) {
          int seen = 0;
          for (int other = 1; other <= day.day; ++other) seen += weekday_of(day, other) == wanted;
          return day.weekday == wanted && seen == instance;
        };
        return name + "#" + std::to_string(instance);
      }
      case 3: rule = [](const Day&) { return true; }; return "*";
      default: {
        std::set<int> days;
        const auto text = item(1, 7, days, true, false);
        rule = [days, is_last](const Day& day) {
          return days.contains(day.weekday) || is_last(day);
        };
        return text + "," + name + "L";
      }
    }
  }

  std::mt19937 random_;
};

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_ms = 1'440 * minute_ms;

/// The first run after a time, both in milliseconds since 1970, or -1.
std::int64_t first_after(const std::vector<Day>& calendar, const Sample& sample,
                         std::int64_t after) {
  const auto begin = static_cast<std::size_t>(std::max<std::int64_t>(0, after / day_ms));
  for (auto index = begin; index < calendar.size(); ++index) {
    const auto& day = calendar[index];
    if (!sample.years.contains(day.year) || !sample.months.contains(day.month)) continue;
    if (!sample.day_rule(day)) continue;
    for (int minute = 0; minute < 1'440; ++minute) {
      const auto time = static_cast<std::int64_t>(index) * day_ms + minute * minute_ms;
      if (time > after && sample.hours.contains(minute / 60) &&
          sample.minutes.contains(minute % 60)) {
        return time;
      }
    }
  }
  return -1;
}

TEST(WarmingScheduleProperty, RandomExpressionsRunWhenTheCalendarSaysSo) {
  const auto calendar = make_calendar();
  ASSERT_EQ(calendar.size(), 84'006u) << "230 years, 56 of them leap years";
  Generator generator(20'330);
  int runs = 0;
  int ends = 0;
  for (int round = 0; round < 4'000; ++round) {
    const auto sample = generator.sample();
    const auto schedule = WarmingSchedule::parse(sample.text);
    ASSERT_TRUE(schedule) << schedule.error().message;
    auto after = generator.pick_milliseconds(-400 * day_ms, 84'400 * day_ms);
    for (int step = 0; step < 3; ++step) {
      const auto expected = first_after(calendar, sample, after);
      const auto next = schedule->next_after(domain::Timestamp(std::chrono::milliseconds(after)));
      ASSERT_EQ(next ? next->time_since_epoch().count() : -1, expected)
          << sample.text << " after " << after << " ms";
      ++(expected < 0 ? ends : runs);
      if (expected < 0) break;
      after = expected;
    }
  }
  // Both outcomes are well represented.
  EXPECT_GT(runs, 3'000);
  EXPECT_GT(ends, 200);
}

}  // namespace
}  // namespace hearth::application
