#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "adapters/telemetry/prometheus_text.hpp"

namespace hearth::adapters::telemetry {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(PrometheusText, FamilyHasHelpAndTypeOnceBeforeItsSamples) {
  PrometheusText page;
  page.counter("hearth_reads_total", "Reads.")
      .sample({{"result", "hit"}}, std::uint64_t{7})
      .sample({{"result", "miss"}}, std::uint64_t{0});
  page.gauge("hearth_level", "Level.").sample({}, 0.25);
  EXPECT_EQ(page.take(),
            "# HELP hearth_reads_total Reads.\n"
            "# TYPE hearth_reads_total counter\n"
            "hearth_reads_total{result=\"hit\"} 7\n"
            "hearth_reads_total{result=\"miss\"} 0\n"
            "# HELP hearth_level Level.\n"
            "# TYPE hearth_level gauge\n"
            "hearth_level 0.25\n");
}

TEST(PrometheusText, LabelsKeepTheirOrderAndTheBoundComesLast) {
  PrometheusText page;
  page.histogram("h_seconds", "H.")
      .sample({{"zone", "z"}, {"area", "a"}}, application::HistogramReading{});
  const auto text = page.take();
  EXPECT_THAT(text, HasSubstr("h_seconds_bucket{zone=\"z\",area=\"a\",le=\"1e-05\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("h_seconds_count{zone=\"z\",area=\"a\"} 0\n"));
}

TEST(PrometheusText, LabelValuesAndHelpAreEscaped) {
  PrometheusText page;
  page.gauge("g", "one\\two\n\"three\"").sample({{"l", "a\\b\"c\nd\xc3\xa9"}}, std::uint64_t{1});
  EXPECT_EQ(page.take(),
            "# HELP g one\\\\two\\n\"three\"\n"
            "# TYPE g gauge\n"
            "g{l=\"a\\\\b\\\"c\\nd\xc3\xa9\"} 1\n");
}

TEST(PrometheusText, HistogramIsCumulativeAndEndsWithInfinity) {
  application::DurationHistogram<application::SharedCounter> histogram;
  histogram.record(10us);
  histogram.record(10us + 1ns);
  histogram.record(3s);
  histogram.record(1h);
  PrometheusText page;
  page.histogram("h_seconds", "H.").sample({}, histogram.reading());
  const auto text = page.take();
  EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"1e-05\"} 1\n"
                              "h_seconds_bucket{le=\"2.5e-05\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"2.5\"} 2\n"
                              "h_seconds_bucket{le=\"5\"} 3\n"
                              "h_seconds_bucket{le=\"10\"} 3\n"
                              "h_seconds_bucket{le=\"+Inf\"} 4\n"
                              "h_seconds_sum 3603.000020001\n"
                              "h_seconds_count 4\n"));
}

TEST(PrometheusText, NumbersKeepTheirValue) {
  PrometheusText page;
  page.gauge("g", "G.")
      .sample({}, std::numeric_limits<std::uint64_t>::max())
      .sample({}, std::numeric_limits<double>::infinity())
      .sample({}, -std::numeric_limits<double>::infinity())
      .sample({}, std::numeric_limits<double>::quiet_NaN())
      .sample({}, 1767225600.123);
  EXPECT_THAT(page.take(),
              HasSubstr("g 18446744073709551615\ng +Inf\ng -Inf\ng NaN\ng 1767225600.123\n"));
}

}  // namespace
}  // namespace hearth::adapters::telemetry
