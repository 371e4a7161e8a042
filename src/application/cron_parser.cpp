#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <utility>
#include <vector>

#include "application/cron_expression.hpp"

namespace hearth::application {
namespace {

constexpr auto month_names = std::to_array<std::string_view>(
    {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"});
constexpr auto weekday_names =
    std::to_array<std::string_view>({"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"});
constexpr int longest_step = 9'999;

/// One of the six fields. A name stands for `least` plus its place in `names`.
struct Field {
  std::string_view name;
  int least;
  int greatest;
  std::string_view grammar;  ///< what may stand in it, for messages
  std::span<const std::string_view> names = {};
  bool has_steps = true;
  bool may_wrap = true;
};

constexpr Field minute_field{"minute", 0, 59, "0-59 and , - * /"};
constexpr Field hour_field{"hour", 0, 23, "0-23 and , - * /"};
constexpr Field day_of_month_field{"day of month", 1, 31, "1-31 and , - * ? / L W"};
constexpr Field month_field{"month", 1, 12, "1-12, JAN-DEC and , - * /", month_names};
constexpr Field day_of_week_field{"day of week", 1,    7, "1-7, SUN-SAT and , - * ? L #",
                                  weekday_names, false};
constexpr Field year_field{.name = "year",
                           .least = CronExpression::first_year,
                           .greatest = CronExpression::last_year,
                           .grammar = "1970-2199 and , - * /",
                           .may_wrap = false};

std::unexpected<ScheduleMistake> unfit(const ScheduleCursor& cursor, const Field& field) {
  return cursor.mistake(cursor.here() + " does not fit here: the " + std::string(field.name) +
                        " takes " + std::string(field.grammar));
}

std::string range_of(const Field& field) {
  return std::to_string(field.least) + "-" + std::to_string(field.greatest);
}

/// A number or a name.
ParsedSchedule<int> parse_value(ScheduleCursor& cursor, const Field& field) {
  const auto start = cursor.position();
  const auto before = cursor;
  if (const auto digits = cursor.take_digits(); !digits.empty()) {
    const int value = number_up_to(field.greatest, digits);
    if (value < field.least) {
      return ScheduleCursor::mistake_at(start, std::string(field.name) + " " + std::string(digits) +
                                                   " is not in " + range_of(field));
    }
    return value;
  }
  constexpr std::size_t name_length = 3;
  std::string name(cursor.take_letters(name_length));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto known = std::ranges::find(field.names, name);
  if (known != field.names.end()) {
    return field.least + static_cast<int>(known - field.names.begin());
  }
  if (name.empty() || field.names.empty()) return unfit(before, field);
  return ScheduleCursor::mistake_at(
      start, "'" + name + "' is no " + std::string(field.name) + "; the names are " +
                 std::string(field.names.front()) + " to " + std::string(field.names.back()));
}

/// `/n`, or 1 if there is none.
ParsedSchedule<int> parse_step(ScheduleCursor& cursor, const Field& field) {
  if (cursor.peek() != '/' || !field.has_steps) return 1;
  cursor.accept("/");
  const auto start = cursor.position();
  const auto digits = cursor.take_digits();
  if (const int step = number_up_to(longest_step, digits); step >= 1) return step;
  return ScheduleCursor::mistake_at(
      start, "a step from 1 to " + std::to_string(longest_step) + " is expected after '/'");
}

/// The values of `first-last/step`, counted across the field's end if the range wraps.
void add_range(std::vector<int>& values, const Field& field, int first, int last, int step) {
  const int size = field.greatest - field.least + 1;
  const int length = last >= first ? last - first : last - first + size;
  for (int offset = 0; offset <= length; offset += step) {
    values.push_back(field.least + (first - field.least + offset) % size);
  }
}

/// The rest of `a`, `a-b`, `a/n` or `a-b/n`, whose first value is known.
ParsedSchedule<void> parse_rest(ScheduleCursor& cursor, const Field& field, int first,
                                std::vector<int>& values) {
  int last = first;
  const bool is_range = cursor.accept("-");
  if (is_range) {
    const auto start = cursor.position();
    const auto value = parse_value(cursor, field);
    if (!value) return std::unexpected(value.error());
    last = *value;
    if (last < first && !field.may_wrap) {
      return ScheduleCursor::mistake_at(
          start, "a range of years does not go back: " + std::to_string(last) + " is before " +
                     std::to_string(first));
    }
  }
  const bool has_step = cursor.peek() == '/' && field.has_steps;
  const auto step = parse_step(cursor, field);
  if (!step) return std::unexpected(step.error());
  if (has_step && !is_range) last = field.greatest;
  add_range(values, field, first, last, *step);
  return {};
}

/// `*` or `*/n`, if it stands here; whether it did.
ParsedSchedule<bool> parse_all(ScheduleCursor& cursor, const Field& field,
                               std::vector<int>& values) {
  if (!cursor.accept("*")) return false;
  const auto step = parse_step(cursor, field);
  if (!step) return std::unexpected(step.error());
  if (!cursor.at_boundary()) return unfit(cursor, field);
  add_range(values, field, field.least, field.greatest, *step);
  return true;
}

/// A whole field: `*`, or a list whose items `parse_item` understands.
template <class ParseItem>
ParsedSchedule<void> parse_field(ScheduleCursor& cursor, const Field& field,
                                 std::vector<int>& values, ParseItem parse_item) {
  const auto all = parse_all(cursor, field, values);
  if (!all) return std::unexpected(all.error());
  if (*all) return {};
  do {
    if (const auto item = parse_item(); !item) return item;
  } while (cursor.accept(","));
  if (!cursor.at_boundary()) return unfit(cursor, field);
  return {};
}

/// A field without letters of its own, as the set of its values counted from `origin`.
template <std::size_t size>
ParsedSchedule<void> parse_plain(ScheduleCursor& cursor, const Field& field, int origin,
                                 std::bitset<size>& set) {
  std::vector<int> values;
  const auto parsed = parse_field(cursor, field, values, [&]() -> ParsedSchedule<void> {
    const auto first = parse_value(cursor, field);
    if (!first) return std::unexpected(first.error());
    return parse_rest(cursor, field, *first, values);
  });
  for (const int value : values) set.set(static_cast<std::size_t>(value - origin));
  return parsed;
}

ParsedSchedule<DaysOfMonth> parse_days_of_month(ScheduleCursor& cursor) {
  DaysOfMonth days;
  std::vector<int> values;
  const auto parsed =
      parse_field(cursor, day_of_month_field, values, [&]() -> ParsedSchedule<void> {
        if (cursor.accept_letter('L')) {
          (cursor.accept_letter('W') ? days.last_weekday : days.last) = true;
          return {};
        }
        const auto first = parse_value(cursor, day_of_month_field);
        if (!first) return std::unexpected(first.error());
        if (cursor.accept_letter('W')) {
          days.nearest_weekdays.set(static_cast<std::size_t>(*first));
          return {};
        }
        return parse_rest(cursor, day_of_month_field, *first, values);
      });
  if (!parsed) return std::unexpected(parsed.error());
  for (const int value : values) days.days.set(static_cast<std::size_t>(value));
  return days;
}

/// `#i` after a day of the week, which must be all that the field holds.
ParsedSchedule<void> parse_instance(ScheduleCursor& cursor, bool is_alone, int day,
                                    DaysOfWeek& days) {
  const auto sign = cursor.position();
  cursor.accept("#");
  const auto start = cursor.position();
  constexpr int most_in_a_month = 5;
  const auto digits = cursor.take_digits();
  const int index = number_up_to(most_in_a_month, digits);
  if (index < 1) return ScheduleCursor::mistake_at(start, "1 to 5 is expected after '#'");
  if (!is_alone || cursor.peek() == ',') {
    return ScheduleCursor::mistake_at(is_alone ? cursor.position() : sign,
                                      "a day of week with '#' is not part of a list");
  }
  days.instance =
      std::chrono::weekday(static_cast<unsigned>(day - 1))[static_cast<unsigned>(index)];
  return {};
}

ParsedSchedule<DaysOfWeek> parse_days_of_week(ScheduleCursor& cursor) {
  DaysOfWeek days;
  std::vector<int> values;
  bool is_first = true;
  const auto parsed = parse_field(cursor, day_of_week_field, values, [&]() -> ParsedSchedule<void> {
    const bool is_alone = std::exchange(is_first, false);
    if (cursor.accept_letter('L')) {
      values.push_back(day_of_week_field.greatest);
      return {};
    }
    const auto first = parse_value(cursor, day_of_week_field);
    if (!first) return std::unexpected(first.error());
    if (cursor.accept_letter('L')) {
      days.last_of_month.set(static_cast<std::size_t>(*first - 1));
      return {};
    }
    if (cursor.peek() == '#') return parse_instance(cursor, is_alone, *first, days);
    return parse_rest(cursor, day_of_week_field, *first, values);
  });
  if (!parsed) return std::unexpected(parsed.error());
  for (const int value : values) days.weekdays.set(static_cast<std::size_t>(value - 1));
  return days;
}

/// The blanks before a field.
ParsedSchedule<void> parse_separator(ScheduleCursor& cursor, const Field& next) {
  const auto end = cursor.position();
  cursor.accept_blanks();
  if (cursor.peek() != '\0' && cursor.peek() != ')') return {};
  return ScheduleCursor::mistake_at(end, "the " + std::string(next.name) +
                                             " is missing; the six fields are minute, hour, day of "
                                             "month, month, day of week, year");
}

/// The two day fields, with the month between them.
ParsedSchedule<void> parse_days(ScheduleCursor& cursor, CronExpression& expression) {
  const bool by_week = cursor.accept("?");
  if (by_week) {
    if (!cursor.at_boundary()) return unfit(cursor, day_of_month_field);
  } else {
    const auto days = parse_days_of_month(cursor);
    if (!days) return std::unexpected(days.error());
    expression.days = *days;
  }
  if (const auto gap = parse_separator(cursor, month_field); !gap) return gap;
  if (const auto months = parse_plain(cursor, month_field, 0, expression.months); !months) {
    return months;
  }
  if (const auto gap = parse_separator(cursor, day_of_week_field); !gap) return gap;

  if (by_week && cursor.peek() == '?') {
    return cursor.mistake("the day of week must name days, because the day of month is '?'");
  }
  if (by_week) {
    const auto days = parse_days_of_week(cursor);
    if (!days) return std::unexpected(days.error());
    expression.days = *days;
    return {};
  }
  if (!cursor.accept("?")) {
    return cursor.mistake("the day of week must be '?', because the day of month names days");
  }
  if (!cursor.at_boundary()) return unfit(cursor, day_of_week_field);
  return {};
}

}  // namespace

ParsedSchedule<CronExpression> parse_cron_fields(ScheduleCursor& cursor) {
  CronExpression expression;
  if (const auto minutes = parse_plain(cursor, minute_field, 0, expression.minutes); !minutes) {
    return std::unexpected(minutes.error());
  }
  if (const auto gap = parse_separator(cursor, hour_field); !gap) {
    return std::unexpected(gap.error());
  }
  if (const auto hours = parse_plain(cursor, hour_field, 0, expression.hours); !hours) {
    return std::unexpected(hours.error());
  }
  if (const auto gap = parse_separator(cursor, day_of_month_field); !gap) {
    return std::unexpected(gap.error());
  }
  if (const auto days = parse_days(cursor, expression); !days) {
    return std::unexpected(days.error());
  }
  if (const auto gap = parse_separator(cursor, year_field); !gap) {
    return std::unexpected(gap.error());
  }
  if (const auto years =
          parse_plain(cursor, year_field, CronExpression::first_year, expression.years);
      !years) {
    return std::unexpected(years.error());
  }
  if (!cursor.accept(")")) {
    return cursor.mistake("')' is expected after the year, not " + cursor.here());
  }
  return expression;
}

}  // namespace hearth::application
