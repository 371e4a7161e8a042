#include "adapters/telemetry/prometheus_text.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <limits>

namespace hearth::adapters::telemetry {
namespace {

enum class Place { help, label_value };

/// A backslash and the end of a line are escaped everywhere, quotes only where they would end the
/// text.
std::string escaped(std::string_view text, Place place) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && place == Place::label_value) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

/// The shortest decimal that stands for the same number.
template <class Number>
std::string number_text(Number value) {
  std::array<char, 32> text{};
  const auto [end, failure] = std::to_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} ? std::string(text.data(), end) : "NaN";
}

std::string number_text(double value) {
  if (value == std::numeric_limits<double>::infinity()) return "+Inf";
  if (value == -std::numeric_limits<double>::infinity()) return "-Inf";
  if (value != value) return "NaN";
  return number_text<double>(value);
}

}  // namespace

PrometheusText& PrometheusText::counter(std::string_view name, std::string_view help) {
  return family("counter", name, help);
}

PrometheusText& PrometheusText::gauge(std::string_view name, std::string_view help) {
  return family("gauge", name, help);
}

PrometheusText& PrometheusText::histogram(std::string_view name, std::string_view help) {
  return family("histogram", name, help);
}

PrometheusText& PrometheusText::sample(Labels labels, std::uint64_t value) {
  begin_line("", labels);
  end_line(value);
  return *this;
}

PrometheusText& PrometheusText::sample(Labels labels, double value) {
  begin_line("", labels);
  end_line(value);
  return *this;
}

PrometheusText& PrometheusText::sample(Labels labels,
                                       const application::HistogramReading& reading) {
  constexpr double microseconds_a_second = 1e6;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < reading.counts.size(); ++i) {
    cumulative += reading.counts[i];
    const auto bound =
        i < application::duration_bounds_us.size()
            ? static_cast<double>(application::duration_bounds_us[i]) / microseconds_a_second
            : std::numeric_limits<double>::infinity();
    begin_line("_bucket", labels, number_text(bound));
    end_line(cumulative);
  }
  begin_line("_sum", labels);
  end_line(std::chrono::duration<double>(reading.sum).count());
  begin_line("_count", labels);
  end_line(cumulative);
  return *this;
}

PrometheusText& PrometheusText::family(std::string_view type, std::string_view name,
                                       std::string_view help) {
  family_ = name;
  out_.append("# HELP ").append(name).append(" ").append(escaped(help, Place::help)).append("\n");
  out_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  return *this;
}

void PrometheusText::begin_line(std::string_view suffix, Labels labels, std::string_view bound) {
  out_.append(family_).append(suffix);
  char opening = '{';
  const auto add = [&](std::string_view name, std::string_view value) {
    out_ += std::exchange(opening, ',');
    out_.append(name).append("=\"").append(escaped(value, Place::label_value)).append("\"");
  };
  for (const auto& [name, value] : labels) add(name, value);
  if (!bound.empty()) add("le", bound);
  if (opening == ',') out_ += '}';
  out_ += ' ';
}

template <class Number>
void PrometheusText::end_line(Number value) {
  out_.append(number_text(value)).append("\n");
}

}  // namespace hearth::adapters::telemetry
