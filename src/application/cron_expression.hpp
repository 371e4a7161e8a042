#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <variant>

#include "application/schedule_cursor.hpp"

namespace hearth::application {

/// A time with the resolution of schedules, in UTC.
using MinuteTime = std::chrono::sys_time<std::chrono::minutes>;

/// Days that a month's calendar names. Several kinds may be set: each adds its days.
struct DaysOfMonth {
  std::bitset<32> days;              ///< by number, 1 to 31; a month without that day has no run
  std::bitset<32> nearest_weekdays;  ///< `nW`: the Monday to Friday nearest to day n, same month
  bool last = false;                 ///< `L`
  bool last_weekday = false;         ///< `LW`: the last Monday to Friday
};

/// Days by their weekday. Several kinds may be set: each adds its days.
struct DaysOfWeek {
  std::bitset<7> weekdays;       ///< every one; 0 is Sunday
  std::bitset<7> last_of_month;  ///< `nL`: the last such day of a month; 0 is Sunday
  /// `n#i`: only the i-th such day of a month, 1 to 5; a month without a fifth one has no run.
  std::optional<std::chrono::weekday_indexed> instance;
};

/// When a `cron(...)` schedule of Amazon EventBridge runs. A value; pure.
struct CronExpression {
  static constexpr int first_year = 1970;
  static constexpr int last_year = 2199;

  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<13> months;                         ///< 1 to 12
  std::bitset<last_year - first_year + 1> years;  ///< counted from first_year
  std::variant<DaysOfMonth, DaysOfWeek> days;

  /// The first run that is later than `after`; nothing if there is none until the end of 2199.
  /// At most 230 years of 12 months are looked at, a month at a time.
  [[nodiscard]] std::optional<MinuteTime> next_after(MinuteTime after) const;
};

/// Parses the six fields and the closing bracket that follow `cron(`, and leaves the cursor behind
/// them. The grammar is that of "Cron expressions reference" in the EventBridge user guide:
///
/// | field | values | wildcards |
/// | --- | --- | --- |
/// | minute, hour | 0-59, 0-23 | `, - * /` |
/// | day of month | 1-31 | `, - * ? / L W` |
/// | month | 1-12 or JAN-DEC | `, - * /` |
/// | day of week | 1-7 or SUN-SAT | `, - * ? L #` |
/// | year | 1970-2199 | `, - * /` |
///
/// Exactly one of the two day fields is `?`. Where the guide is silent, this holds:
/// - Fields are separated by one or more blanks or tabs; none stands next to a bracket.
/// - Names, `L` and `W` may be written in either case (as EventBridge does, and Quartz, whose
///   grammar it follows). Numbers may have leading zeros.
/// - `a/n` runs from a to the field's end; `*/n` from the field's beginning. A range may wrap
///   (`20-2`), and then its steps count across the wrap; a range of years may not. A step that
///   passes the end (`15/90`) leaves the first value.
/// - `*` stands alone, or with a step. A list may hold `L`, `LW`, `nW` and `nL`, but not `n#i`.
/// - `LW` is the last weekday of the month; `L` in day of week is Saturday, the week's last day.
[[nodiscard]] ParsedSchedule<CronExpression> parse_cron_fields(ScheduleCursor& cursor);

}  // namespace hearth::application
