#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>

#include "application/warming_schedule.hpp"
#include "cli/commands.hpp"

namespace hearth::cli {
namespace {

using application::WarmingSchedule;
using domain::Timestamp;

struct ScheduleOptions {
  std::string expression;
  std::string from;  ///< empty: now
  int count = 5;
};

/// ISO 8601 in UTC, to the second.
std::string iso_8601(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

/// The digits of `text` at `at` as a number, or -1.
int digits_at(std::string_view text, std::size_t at, std::size_t length) {
  const auto digits = text.substr(at, length);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return -1;
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

/// Reads what iso_8601() writes.
std::optional<Timestamp> parse_iso_8601(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00Z";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != '0' && shape[i] != text[i]) return std::nullopt;
  }
  const int year = digits_at(text, 0, 4);
  const int month = digits_at(text, 5, 2);
  const int day = digits_at(text, 8, 2);
  const int hour = digits_at(text, 11, 2);
  const int minute = digits_at(text, 14, 2);
  const int second = digits_at(text, 17, 2);
  if (year < 0 || month < 0 || day < 0) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
    return std::nullopt;
  }
  const auto date = std::chrono::year(year) / month / day;
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

/// Prints what is wrong, the expression, and a caret under the place.
int report_mistake(const std::string& expression, const application::ScheduleMistake& mistake) {
  // What stands before the mistake is understood, so it has blanks, tabs and ASCII signs only:
  // a tab in the caret's line keeps it under its place.
  std::string indent = expression.substr(0, mistake.position - 1);
  for (char& c : indent) c = c == '\t' ? '\t' : ' ';
  std::cerr << "hearth: at position " << mistake.position << ": " << mistake.what << '\n'
            << "  " << expression << '\n'
            << "  " << indent << "^\n";
  return exit_usage;
}

int show_schedule(const ScheduleOptions& chosen) {
  const auto schedule = WarmingSchedule::parse_or_point(chosen.expression);
  if (!schedule) return report_mistake(chosen.expression, schedule.error());
  Timestamp after = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (!chosen.from.empty()) {
    const auto from = parse_iso_8601(chosen.from);
    if (!from) {
      return report(
          {domain::ErrorCode::validation,
           "--from is a time in UTC like 2026-11-22T21:00:00Z; this is '" + chosen.from + "'"});
    }
    after = *from;
  }
  for (int shown = 0; shown < chosen.count; ++shown) {
    const auto run = schedule->next_after(after);
    if (!run) {
      std::cerr << "hearth: the schedule has no run after " << iso_8601(after) << '\n';
      break;
    }
    std::cout << iso_8601(*run) << '\n';
    after = *run;
  }
  return exit_success;
}

}  // namespace

void add_schedule(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("schedule", "Show when a schedule runs next, in UTC");
  auto chosen = std::make_shared<ScheduleOptions>();  // shared with the callback that CLI11 keeps
  command
      ->add_option("expression", chosen->expression,
                   "As in CACHE_WARMING_SCHEDULE: 'rate(5 minutes)', 'cron(0 8 ? * MON-FRI *)'")
      ->required();
  command->add_option("--from", chosen->from,
                      "Runs later than this time, like 2026-11-22T21:00:00Z (default: now)");
  command->add_option("--count", chosen->count, "How many runs to show")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  command->callback([&exit_code, chosen] { exit_code = show_schedule(*chosen); });
}

}  // namespace hearth::cli
