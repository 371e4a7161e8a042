#include <chrono>
#include <iostream>

#include "application/warming_schedule.hpp"
#include "cli/commands.hpp"
#include "domain/iso_8601.hpp"

namespace hearth::cli {
namespace {

using application::WarmingSchedule;
using domain::Timestamp;

struct ScheduleOptions {
  std::string expression;
  std::string from;  ///< empty: now
  int count = 5;
};

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
    const auto from = domain::parse_iso_8601_seconds(chosen.from);
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
      std::cerr << "hearth: the schedule has no run after " << domain::iso_8601_seconds(after)
                << '\n';
      break;
    }
    std::cout << domain::iso_8601_seconds(*run) << '\n';
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
