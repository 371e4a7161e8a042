// What lets `./dev test` fail when a read has become dearer.
#include "bench/instruction_baseline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace hearth::bench {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

InstructionBaseline baseline() {
  return {.conditions = {{"compiler", "g++ 12.2.0"}, {"Boost", "1_81"}},
          .counts = {{"read-near", 4'000}, {"read-redis", 45'000}, {"nginx return 200", 7'500}}};
}

TEST(CompareWithBaseline, EqualCountsHold) {
  const auto verdict = compare_with_baseline(baseline(), baseline());

  EXPECT_TRUE(verdict.held);
  EXPECT_EQ(verdict.lines.size(), 2U) << "the reference is no promise";
}

TEST(CompareWithBaseline, ReadThatIsDearerThanTheToleranceDoesNotHold) {
  auto present = baseline();
  present.counts["read-near"] = 4'190;
  EXPECT_TRUE(compare_with_baseline(baseline(), present).held);

  present.counts["read-near"] = 4'210;
  const auto verdict = compare_with_baseline(baseline(), present);

  EXPECT_FALSE(verdict.held);
  EXPECT_THAT(verdict.lines, Contains(HasSubstr("read-near: 1.052 of the baseline (4000 then, "
                                                "4210 now): DEARER than the tolerance of 5 %")));
}

TEST(CompareWithBaseline, OneDearReadIsNotMadeUpForByAnother) {
  auto present = baseline();
  present.counts["read-near"] = 4'400;
  present.counts["read-redis"] = 20'000;

  EXPECT_FALSE(compare_with_baseline(baseline(), present).held);
}

TEST(CompareWithBaseline, CheaperReadHoldsAndAsksToBeAccepted) {
  auto present = baseline();
  present.counts["read-redis"] = 30'000;
  const auto verdict = compare_with_baseline(baseline(), present);

  EXPECT_TRUE(verdict.held);
  EXPECT_THAT(verdict.lines, Contains(HasSubstr("--accept")));
}

TEST(CompareWithBaseline, DearerReferenceExcusesNothingUnderTheSameConditions) {
  auto present = baseline();
  present.counts["read-near"] = 4'400;
  present.counts["nginx return 200"] = 15'000;

  EXPECT_FALSE(compare_with_baseline(baseline(), present).held);
}

TEST(CompareWithBaseline, OtherConditionsAreNamedAndCompareRatiosToTheReference) {
  auto present = baseline();
  present.conditions["compiler"] = "g++ 13.3.0";
  present.conditions.erase("Boost");
  present.counts["read-near"] = 6'000;
  present.counts["read-redis"] = 60'000;
  present.counts["nginx return 200"] = 10'000;
  const auto verdict = compare_with_baseline(baseline(), present);

  EXPECT_TRUE(verdict.held) << "1.125 and 1.0 of the baseline's ratios";
  EXPECT_THAT(verdict.lines, Contains("  compiler: 'g++ 12.2.0' then, 'g++ 13.3.0' now"));
  EXPECT_THAT(verdict.lines, Contains("  Boost: '1_81' then, unknown now"));
}

TEST(CompareWithBaseline, OtherConditionsDoNotExcuseAReadThatIsMuchDearer) {
  auto present = baseline();
  present.conditions["compiler"] = "g++ 13.3.0";
  present.counts["read-near"] = 4'900;
  EXPECT_TRUE(compare_with_baseline(baseline(), present).held);

  present.counts["read-near"] = 5'100;
  const auto verdict = compare_with_baseline(baseline(), present);

  EXPECT_FALSE(verdict.held);
  EXPECT_THAT(verdict.lines, Contains(HasSubstr("DEARER than the tolerance of 25 %")));
}

TEST(CompareWithBaseline, NothingToCompareDoesNotHold) {
  auto present = baseline();
  present.counts.erase("read-redis");
  EXPECT_FALSE(compare_with_baseline(baseline(), present).held) << "a read that was not counted";
  EXPECT_FALSE(compare_with_baseline(present, baseline()).held) << "a read that has no baseline";
  EXPECT_FALSE(compare_with_baseline({}, {}).held);

  auto without_reference = baseline();
  without_reference.conditions["compiler"] = "g++ 13.3.0";
  without_reference.counts.erase("nginx return 200");
  EXPECT_FALSE(compare_with_baseline(baseline(), without_reference).held);
}

TEST(InstructionBaseline, IsReadAsItIsWritten) {
  EXPECT_EQ(parse_baseline(baseline_text(baseline())), baseline());
}

TEST(InstructionBaseline, WhatIsNoneIsAnError) {
  for (const auto* text :
       {"", "{}", "[]", R"({"read-near": 4025})", R"({"countedWith": {}})",
        R"({"countedWith": {}, "instructions": {"read-near": "many"}})",
        R"({"countedWith": {}, "instructions": {"read-near": 0}})",
        R"({"countedWith": {"compiler": 12}, "instructions": {"read-near": 1}})"}) {
    EXPECT_THROW((void)parse_baseline(text), std::runtime_error) << text;
  }
}

TEST(InstructionBaseline, CheckedInOneHoldsBothReadsAndTheReference) {
  std::ifstream file(HEARTH_INSTRUCTIONS_BASELINE);
  const auto checked_in = parse_baseline(std::string(std::istreambuf_iterator<char>(file), {}));

  EXPECT_THAT(checked_in.conditions, Not(IsEmpty()));
  EXPECT_THAT(checked_in.counts,
              testing::UnorderedElementsAre(testing::Key("read-near"), testing::Key("read-redis"),
                                            testing::Key("nginx return 200")));
}

}  // namespace
}  // namespace hearth::bench
