#include "domain/iso_8601.hpp"

#include <charconv>
#include <chrono>

namespace hearth::domain {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// With zeros in front, until it has `width` digits.
void append(std::string& text, std::int64_t number, std::size_t width) {
  const auto digits = std::to_string(number);
  if (digits.size() < width) text.append(width - digits.size(), '0');
  text += digits;
}

/// Up to the seconds, without a zone.
std::string date_and_time(Timestamp time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<seconds>(time - day));
  std::string text;
  append(text, static_cast<int>(date.year()), 4);
  append(text += '-', static_cast<unsigned>(date.month()), 2);
  append(text += '-', static_cast<unsigned>(date.day()), 2);
  append(text += 'T', clock.hours().count(), 2);
  append(text += ':', clock.minutes().count(), 2);
  append(text += ':', clock.seconds().count(), 2);
  return text;
}

/// The digits that stand there, as a number.
int number_at(std::string_view text, std::size_t place, std::size_t length) noexcept {
  int number = 0;
  std::from_chars(text.data() + place, text.data() + place + length, number);
  return number;
}

bool has_shape(std::string_view text) noexcept {
  constexpr std::string_view shape = "0000-00-00T00:00:00Z";
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == '0' ? !is_digit : shape[i] != text[i]) return false;
  }
  return true;
}

}  // namespace

std::string iso_8601_seconds(Timestamp time) { return date_and_time(time) + "Z"; }

std::string iso_8601_milliseconds(Timestamp time) {
  auto text = date_and_time(time);
  append(text += '.', (time - std::chrono::floor<seconds>(time)).count(), 3);
  return text + "Z";
}

std::optional<Timestamp> parse_iso_8601_seconds(std::string_view text) noexcept {
  if (!has_shape(text)) return std::nullopt;
  const auto date =
      std::chrono::year(number_at(text, 0, 4)) / number_at(text, 5, 2) / number_at(text, 8, 2);
  const auto hour = number_at(text, 11, 2);
  const auto minute = number_at(text, 14, 2);
  const auto second = number_at(text, 17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

}  // namespace hearth::domain
