#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "application/cron_expression.hpp"
#include "application/schedule_mistake.hpp"
#include "domain/error.hpp"
#include "domain/flag.hpp"

namespace hearth::application {

/// When warm runs happen, in the grammar of Amazon EventBridge's schedules and in UTC, so that the
/// same text drives a server and a rule on AWS ("Setting a schedule pattern", EventBridge user
/// guide). A value without a clock; safe to read from every thread.
///
/// - `rate(V U)`: V is 1 to 1,000,000 (the upper end is hearth's own); U is `minute`, `hour` or
///   `day`, singular exactly when V is 1, in lower case.
/// - `cron(minute hour day-of-month month day-of-week year)`: see parse_cron_fields().
///
/// The whole text has at most 256 characters, as on AWS.
class WarmingSchedule {
 public:
  static constexpr std::size_t max_characters = 256;
  static constexpr int max_rate = 1'000'000;

  /// `validation` with the text, the position of the mistake and what is expected there, in one
  /// sentence: `cron(0 25 * * ? *): at position 8: hour 25 is not in 0-23`.
  [[nodiscard]] static domain::Result<WarmingSchedule> parse(std::string_view text);

  /// The same, with the position as a number, for those who point at it.
  [[nodiscard]] static ParsedSchedule<WarmingSchedule> parse_or_point(std::string_view text);

  /// The first run strictly later than `after`; nothing if there is none before the year 2200.
  ///
  /// A cron expression depends on the calendar alone and gives whole minutes. A rate has no
  /// calendar: its next run is exactly one interval after `after`, so pass the time for which the
  /// previous run was due (not when it happened, or the schedule drifts), or when there was none,
  /// the time at which the schedule began.
  [[nodiscard]] std::optional<domain::Timestamp> next_after(domain::Timestamp after) const;

 private:
  using Rule = std::variant<std::chrono::minutes, CronExpression>;
  explicit WarmingSchedule(Rule rule) : rule_(rule) {}

  Rule rule_;
};

}  // namespace hearth::application
