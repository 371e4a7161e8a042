#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <numbers>

#include "domain/heat.hpp"

namespace hearth::domain {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp noon = std::chrono::sys_days{std::chrono::January / 1 / 2026};
constexpr HeatDecay hourly{hours(1)};

TEST(Heat, EqualsTheFormulaComputedElsewhere) {
  // ln(n) + ln(2) / half_life * (t - 2020-01-01T00:00:00Z), with Python's math. Frozen: heats
  // that are stored must stay comparable.
  EXPECT_NEAR(heat_of(10, noon, hourly), 36467.38945999059, 1e-9);
  EXPECT_NEAR(heat_of(1, noon + milliseconds(500), HeatDecay{minutes(1)}), 2187905.2182700825,
              1e-7);
}

TEST(Heat, OneRequestAtReferenceTimeIsZero) {
  EXPECT_EQ(heat_of(1, std::chrono::sys_days{std::chrono::January / 1 / 2020}, hourly), 0.0);
}

TEST(Heat, RequestIsWorthTwoOfAHalfLifeEarlier) {
  for (const auto half_life : {seconds(60), seconds(3600), seconds(86'400)}) {
    const HeatDecay decay{half_life};
    EXPECT_NEAR(heat_of(2, noon - half_life, decay), heat_of(1, noon, decay), 1e-8);
    EXPECT_GT(heat_of(3, noon - half_life, decay), heat_of(1, noon, decay));
    EXPECT_LT(heat_of(1, noon - half_life, decay), heat_of(1, noon, decay));
  }
}

TEST(Heat, EveryMillisecondCounts) {
  EXPECT_GT(heat_of(1, noon + milliseconds(1), hourly), heat_of(1, noon, hourly));
}

TEST(Heat, OrderStaysAsTimePasses) {
  // 1000 requests three hours ago against 100 an hour ago: 125 against 50, now and at any time.
  const auto many_early = heat_of(1000, noon - hours(3), hourly);
  const auto few_late = heat_of(100, noon - hours(1), hourly);
  EXPECT_GT(many_early, few_late);
  for (const auto later : {hours(0), hours(5), hours(24 * 365)}) {
    const auto lambda = std::numbers::ln2 / 3600.0;
    const auto shift = lambda * std::chrono::duration<double>(later).count();
    EXPECT_NEAR(std::exp((many_early - shift) - (few_late - shift)), 2.5, 1e-6);
  }
}

TEST(CombinedHeat, EqualsDirectSumOfExponentials) {
  for (const double a : {0.0, 1.0, 5.5, -3.0}) {
    for (const double b : {0.0, 2.0, -7.25, 5.5}) {
      EXPECT_NEAR(combine_heat(a, b), std::log(std::exp(a) + std::exp(b)), 1e-12);
    }
  }
}

TEST(CombinedHeat, DoesNotOverflow) {
  EXPECT_NEAR(combine_heat(36467.0, 36467.0), 36467.0 + std::numbers::ln2, 1e-9);
  EXPECT_EQ(combine_heat(36467.0, 0.0), 36467.0);
  EXPECT_TRUE(std::isfinite(combine_heat(1e9, -1e9)));
}

TEST(CombinedHeat, IsTheHeatOfAllRequestsTogether) {
  const auto split = combine_heat(heat_of(30, noon, hourly), heat_of(12, noon, hourly));
  EXPECT_NEAR(split, heat_of(42, noon, hourly), 1e-9);
}

TEST(CombinedHeat, OrderOfArrivalDoesNotMatter) {
  const double early = heat_of(7, noon - hours(2), hourly);
  const double late = heat_of(3, noon, hourly);
  const double later = heat_of(11, noon + minutes(17), hourly);
  EXPECT_EQ(combine_heat(early, late), combine_heat(late, early));
  EXPECT_NEAR(combine_heat(combine_heat(early, late), later),
              combine_heat(early, combine_heat(late, later)), 1e-9);
}

TEST(CombinedHeat, NeverBelowEitherPart) {
  EXPECT_GE(combine_heat(3.0, 9.0), 9.0);
  EXPECT_GE(combine_heat(9.0, 3.0), 9.0);
}

}  // namespace
}  // namespace hearth::domain
