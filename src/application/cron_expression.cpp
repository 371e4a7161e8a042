#include "application/cron_expression.hpp"

#include <algorithm>

namespace hearth::application {
namespace {

using std::chrono::sys_days;
using std::chrono::weekday;
using std::chrono::year_month;

/// The days of one month, by number.
using DaySet = std::bitset<32>;

unsigned last_day(year_month month) {
  return static_cast<unsigned>((month / std::chrono::last).day());
}

weekday weekday_of(year_month month, unsigned day) {
  return weekday(sys_days(month / std::chrono::day(day)));
}

/// The Monday to Friday nearest to a day, without leaving its month.
unsigned nearest_weekday(year_month month, unsigned day) {
  const auto wanted = weekday_of(month, day);
  if (wanted == std::chrono::Saturday) return day == 1 ? day + 2 : day - 1;
  if (wanted == std::chrono::Sunday) return day == last_day(month) ? day - 2 : day + 1;
  return day;
}

DaySet days_in(year_month month, const DaysOfMonth& rule) {
  const auto last = last_day(month);
  DaySet found;
  for (unsigned day = 1; day <= last; ++day) {
    if (rule.days.test(day)) found.set(day);
    if (rule.nearest_weekdays.test(day)) found.set(nearest_weekday(month, day));
  }
  if (rule.last) found.set(last);
  if (rule.last_weekday) found.set(nearest_weekday(month, last));
  return found;
}

DaySet days_in(year_month month, const DaysOfWeek& rule) {
  const auto last = last_day(month);
  DaySet found;
  for (unsigned day = 1; day <= last; ++day) {
    const auto day_of_week = weekday_of(month, day);
    const bool is_last = day + 7 > last;
    const bool is_instance = rule.instance && rule.instance->weekday() == day_of_week &&
                             (day - 1) / 7 + 1 == rule.instance->index();
    found.set(day, rule.weekdays.test(day_of_week.c_encoding()) || is_instance ||
                       (is_last && rule.last_of_month.test(day_of_week.c_encoding())));
  }
  return found;
}

/// The first time of day at or after `from`; nothing if there is none, as always from 24:00 on.
std::optional<std::chrono::minutes> first_time(const CronExpression& rule,
                                               std::chrono::minutes from) {
  const auto first_hour = static_cast<std::size_t>(from.count() / 60);
  auto minute = static_cast<std::size_t>(from.count() % 60);
  for (auto hour = first_hour; hour < rule.hours.size(); ++hour, minute = 0) {
    if (!rule.hours.test(hour)) continue;
    for (; minute < rule.minutes.size(); ++minute) {
      if (rule.minutes.test(minute)) {
        return std::chrono::hours(hour) + std::chrono::minutes(minute);
      }
    }
  }
  return std::nullopt;
}

/// The first run of a month at or after `from`.
std::optional<MinuteTime> first_in_month(const CronExpression& rule, year_month month,
                                         MinuteTime from) {
  const auto matching =
      std::visit([month](const auto& kind) { return days_in(month, kind); }, rule.days);
  for (unsigned day = 1; day < matching.size(); ++day) {
    if (!matching.test(day)) continue;
    const MinuteTime midnight = sys_days(month / std::chrono::day(day));
    const auto time = first_time(rule, std::max(from - midnight, std::chrono::minutes(0)));
    if (time) return midnight + *time;
  }
  return std::nullopt;
}

}  // namespace

std::optional<MinuteTime> CronExpression::next_after(MinuteTime after) const {
  constexpr MinuteTime begin = sys_days(std::chrono::year(first_year) / 1 / 1);
  constexpr MinuteTime end = sys_days(std::chrono::year(last_year + 1) / 1 / 1);
  if (after >= end) return std::nullopt;
  const auto from = std::max(begin, after + std::chrono::minutes(1));
  const std::chrono::year_month_day first(std::chrono::floor<std::chrono::days>(from));
  for (year_month month = first.year() / first.month();
       month.year() <= std::chrono::year(last_year); month += std::chrono::months(1)) {
    if (!years.test(static_cast<std::size_t>(static_cast<int>(month.year()) - first_year)) ||
        !months.test(static_cast<unsigned>(month.month()))) {
      continue;
    }
    if (const auto run = first_in_month(*this, month, from)) return run;
  }
  return std::nullopt;
}

}  // namespace hearth::application
