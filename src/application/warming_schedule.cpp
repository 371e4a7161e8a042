#include "application/warming_schedule.hpp"

#include <algorithm>
#include <array>

namespace hearth::application {
namespace {

using std::chrono::minutes;

struct Unit {
  std::string_view singular;
  std::string_view plural;
  minutes length;
};

constexpr auto units = std::to_array<Unit>({
    {"minute", "minutes", minutes(1)},
    {"hour", "hours", std::chrono::hours(1)},
    {"day", "days", std::chrono::days(1)},
});

/// What follows `rate(`, with the closing bracket.
ParsedSchedule<minutes> parse_rate(ScheduleCursor& cursor) {
  const auto start = cursor.position();
  const auto digits = cursor.take_digits();
  const int value = number_up_to(WarmingSchedule::max_rate, digits);
  if (digits.empty() || value < 1) {
    return ScheduleCursor::mistake_at(
        start,
        "a whole number from 1 to " + std::to_string(WarmingSchedule::max_rate) + " is expected");
  }
  if (!cursor.accept_blanks()) {
    return cursor.mistake("a blank and then minutes, hours or days are expected, not " +
                          cursor.here());
  }
  const auto unit_start = cursor.position();
  constexpr std::size_t longest_unit = 16;
  const auto word = cursor.take_letters(longest_unit);
  const auto unit = std::ranges::find_if(
      units, [word](const Unit& known) { return word == known.singular || word == known.plural; });
  if (unit == units.end()) {
    return ScheduleCursor::mistake_at(unit_start,
                                      "minute, minutes, hour, hours, day or days is expected");
  }
  const auto fitting = value == 1 ? unit->singular : unit->plural;
  if (word != fitting) {
    return ScheduleCursor::mistake_at(
        unit_start, "'" + std::string(fitting) + "' is expected after " + std::to_string(value));
  }
  if (!cursor.accept(")")) return cursor.mistake("')' is expected, not " + cursor.here());
  return value * unit->length;
}

}  // namespace

ParsedSchedule<WarmingSchedule> WarmingSchedule::parse_or_point(std::string_view text) {
  if (text.size() > max_characters) {
    return ScheduleCursor::mistake_at(
        max_characters + 1,
        "a schedule has at most " + std::to_string(max_characters) + " characters");
  }
  ScheduleCursor cursor(text);
  const auto rule = [&]() -> ParsedSchedule<Rule> {
    if (cursor.accept("rate(")) return parse_rate(cursor);
    if (cursor.accept("cron(")) return parse_cron_fields(cursor);
    return cursor.mistake("rate(...) or cron(...) is expected, in lower case");
  }();
  if (!rule) return std::unexpected(rule.error());
  if (cursor.position() <= text.size()) return cursor.mistake("nothing may follow the ')'");
  return WarmingSchedule(*rule);
}

domain::Result<WarmingSchedule> WarmingSchedule::parse(std::string_view text) {
  auto schedule = parse_or_point(text);
  if (schedule) return *schedule;
  const auto& [position, what] = schedule.error();
  return domain::fail(domain::ErrorCode::validation, std::string(text) + ": at position " +
                                                         std::to_string(position) + ": " + what);
}

std::optional<domain::Timestamp> WarmingSchedule::next_after(domain::Timestamp after) const {
  if (const auto* cron = std::get_if<CronExpression>(&rule_)) {
    return cron->next_after(std::chrono::floor<minutes>(after));
  }
  const auto interval = std::get<minutes>(rule_);
  constexpr domain::Timestamp end =
      std::chrono::sys_days(std::chrono::year(CronExpression::last_year + 1) / 1 / 1);
  if (after >= end - interval) return std::nullopt;
  return after + interval;
}

}  // namespace hearth::application
