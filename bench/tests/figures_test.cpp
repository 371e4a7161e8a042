#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <unistd.h>

#include "bench/contest.hpp"
#include "bench/hearth_on_servers.hpp"
#include "bench/instruction_count.hpp"
#include "bench/processor_time.hpp"
#include "bench/statistics.hpp"

namespace hearth::bench {
namespace {

TEST(Percentile, IsTheNearestRank) {
  const std::vector<double> values{5, 1, 4, 2, 3};

  EXPECT_EQ(percentile(values, 0.5), 3);
  EXPECT_EQ(percentile(values, 0.99), 5);
  EXPECT_EQ(percentile(values, 0.0), 1);
}

TEST(Percentile, OfNoValuesIsZero) { EXPECT_EQ(percentile({}, 0.5), 0); }

TEST(Spread, HasMedianAndEnds) {
  const std::array<double, 3> values{9, 2, 4};

  const auto spread = spread_of(values);

  EXPECT_EQ(spread.median, 4);
  EXPECT_EQ(spread.least, 2);
  EXPECT_EQ(spread.most, 9);
}

TEST(ProcessorTime, GrowsWithWhatTheProcessComputes) {
  const auto before = processor_time(getpid());
  while (processor_time(getpid()) - before < std::chrono::milliseconds(2)) {
  }
  EXPECT_GE(processor_time(getpid()) - before, std::chrono::milliseconds(2));
}

TEST(ProcessorTime, ProcessThatIsNotThereIsAnError) {
  constexpr pid_t beyond_all = 1 << 23;  // pid_max is at most 2^22

  EXPECT_THROW((void)processor_time(beyond_all), std::runtime_error);
}

TEST(ProcessorRatio, IsTakenRoundByRound) {
  Measured cheap;
  cheap.processor_us = 2;
  Measured dear;
  dear.processor_us = 8;
  const Standing one{"one", {cheap, dear, cheap}};
  const Standing other{"other", {cheap, dear, dear}};

  const auto ratio = processor_ratio(one, other);

  EXPECT_EQ(ratio.median, 1);
  EXPECT_EQ(ratio.least, 0.25);
  EXPECT_EQ(ratio.most, 1);
}

TEST(LookupCounts, AreReadFromMetrics) {
  const auto counts = parse_lookup_counts(
      "# TYPE hearth_cache_lookups_total counter\n"
      "hearth_cache_lookups_total{result=\"near\"} 4368\n"
      "hearth_cache_lookups_total{result=\"hit\"} 3\nother{result=\"hit\"} 9\n");

  EXPECT_EQ(counts, (LookupCounts{{"near", 4368}, {"hit", 3}}));
}

TEST(LookupCounts, MetricsWithoutThemAreAnError) {
  EXPECT_THROW((void)parse_lookup_counts("up 1\n"), std::runtime_error);
}

TEST(LookupCounts, GrowthIsTakenFromEachPart) {
  const LookupCounts before{{"near", 10}, {"hit", 1}};
  const LookupCounts after{{"near", 15}, {"hit", 1}, {"miss", 2}};

  EXPECT_EQ(growth(before, after), (LookupCounts{{"near", 5}, {"hit", 0}, {"miss", 2}}));
}

TEST(ExpectAnsweredBy, AnotherPartThatAnswersTooOftenIsAnError) {
  EXPECT_NO_THROW(expect_answered_by("near", {{"near", 9'950}, {"hit", 50}}));
  EXPECT_THROW(expect_answered_by("near", {{"near", 980}, {"hit", 20}}), std::runtime_error);
  EXPECT_THROW(expect_answered_by("near", {{"near", 0}}), std::runtime_error);
}

TEST(Annotation, InstructionsAreAddedUpByPart) {
  const auto by_part = parse_annotation(
      "Ir\n135,345 (100.0%)  PROGRAM TOTALS\nIr  file:function\n"
      "17,480 (12.92%)  ???:hearth::adapters::http::JsonWriter::append_text(x) [/a/hearth]\n"
      " 8,156 ( 6.03%)  ./malloc/./malloc/malloc.c:_int_free [/usr/lib/libc.so.6]\n"
      "   844 ( 0.62%)  ???:operator new(unsigned long) [/usr/lib/libstdc++.so.6]\n"
      "     7 ( 0.00%)  ???:main [/a/hearth]\n");

  EXPECT_EQ(by_part, (std::map<std::string, double>{
                         {"writing JSON", 17'480}, {"memory allocation", 9'000}, {"other", 7}}));
}

}  // namespace
}  // namespace hearth::bench
