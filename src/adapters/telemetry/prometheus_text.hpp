#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "application/counters.hpp"

namespace hearth::adapters::telemetry {

/// A label of a sample. Its name is a constant of hearth's; its value may be any UTF-8, but from a
/// small closed set: each value makes a time series of its own.
struct PrometheusLabel {
  std::string_view name;
  std::string_view value;
};

/// Writes one page in Prometheus' text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/): families, one after the other,
/// each begun once by its type, name and help and followed by its samples.
/// Durations are in seconds. Threading: one owner.
class PrometheusText {
 public:
  using Labels = std::initializer_list<PrometheusLabel>;

  /// What `Content-Type` says of the page.
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  PrometheusText& counter(std::string_view name, std::string_view help);
  PrometheusText& gauge(std::string_view name, std::string_view help);
  PrometheusText& histogram(std::string_view name, std::string_view help);

  /// A sample of the present family, which is a counter or a gauge. Labels keep their order; the
  /// same labels come once.
  PrometheusText& sample(Labels labels, std::uint64_t value);
  PrometheusText& sample(Labels labels, double value);

  /// The samples of one histogram of the present family: cumulative buckets, sum and count.
  PrometheusText& sample(Labels labels, const application::HistogramReading& reading);

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  PrometheusText& family(std::string_view type, std::string_view name, std::string_view help);
  void begin_line(std::string_view suffix, Labels labels, std::string_view bound = {});

  template <class Number>
  void end_line(Number value);

  std::string family_;
  std::string out_;
};

}  // namespace hearth::adapters::telemetry
