#include <gtest/gtest.h>

#include "bench/validation_report.hpp"

namespace hearth::bench {
namespace {

using std::chrono::milliseconds;

ValidationRead read_of(milliseconds latency, bool answered, bool hit) {
  ValidationRead read;
  read.latency = latency;
  read.answered = answered;
  read.hit = hit;
  return read;
}

ValidationArm arm_of(const std::string& name, double hit_rate, std::uint64_t queries) {
  ValidationArm arm;
  arm.name = name;
  arm.first.reads = 1'000;
  arm.first.hit_rate = hit_rate;
  arm.first.database_reads.for_flags = queries;
  return arm;
}

TEST(ValidationFigures, HitRateIsOfTheReadsThatWereAnswered) {
  const ValidationRead reads[] = {
      read_of(milliseconds(1), true, true), read_of(milliseconds(3), true, false),
      read_of(milliseconds(2), true, true), read_of(milliseconds(99), false, false)};

  const auto figures = figures_of(reads);

  EXPECT_EQ(figures.reads, 4U);
  EXPECT_EQ(figures.failed, 1U);
  EXPECT_DOUBLE_EQ(figures.hit_rate, 2.0 / 3);
  EXPECT_DOUBLE_EQ(figures.median_ms, 2);
  EXPECT_DOUBLE_EQ(figures.p99_ms, 3);
}

TEST(ValidationFigures, NoReadsAreNoHits) { EXPECT_EQ(figures_of({}).hit_rate, 0); }

TEST(ValidationDocument, TellsWhatWasMet) {
  const ValidationArm arms[] = {arm_of("lazy", 0.6, 200), arm_of("hearth", 1.0, 1)};

  const auto text = validation_document({}, arms, "plot.svg");

  EXPECT_NE(text.find("| 99.5 % fewer queries for flags | 70 % | met | 99 % | met |"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("missed"), std::string::npos);
}

TEST(ValidationDocument, TellsWhatWasMissed) {
  const ValidationArm arms[] = {arm_of("lazy", 0.6, 200), arm_of("hearth", 0.97, 20)};

  const auto text = validation_document({}, arms, "plot.svg");

  EXPECT_NE(text.find("| hit rate 97.00 % | > 95 % | met | > 99.9 % | **missed** |"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("| 90.0 % fewer queries for flags | 70 % | met | 99 % | **missed** |"),
            std::string::npos);
}

}  // namespace
}  // namespace hearth::bench
