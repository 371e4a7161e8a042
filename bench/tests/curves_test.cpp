#include <boost/json/array.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/cost_curve.hpp"
#include "bench/server_counts.hpp"

namespace hearth::bench {
namespace {

using std::chrono::nanoseconds;

CostCurve two_steps() {
  CostCurve curve{"flags", "flags, asked for in turn"};
  curve.begin_step(20);
  curve.record("memory, MiB", "hearth", once(5));
  curve.record("memory, MiB", "Redis", once(2));
  curve.begin_step(100'000);
  curve.record("memory, MiB", "hearth", {7, 6, 9});
  curve.record("memory, MiB", "Redis", once(60));
  return curve;
}

TEST(CostCurve, PanelHasTheStepsAndALineForEach) {
  const auto panel = curve_panel(two_steps(), "memory, MiB");

  EXPECT_EQ(panel.steps_title, "flags, asked for in turn");
  EXPECT_EQ(panel.steps, (std::vector<std::string>{"20", "100,000"}));
  ASSERT_EQ(panel.lines.size(), 2U);
  EXPECT_EQ(panel.lines[0].name, "hearth");
  EXPECT_EQ(panel.lines[0].values.at(1).most, 9);
  EXPECT_EQ(panel.lines[1].values.at(1).median, 60);
}

TEST(CostCurve, FiguresOfAContestAreRecordedForEverybody) {
  Measured round;
  round.processor_us = 12;
  round.requests_per_second = 70'000;
  const std::vector<Standing> standings{{"hearth", {round}}, {"nginx", {round, round}}};
  CostCurve curve{"connections", "connections"};
  curve.begin_step(1);

  curve.record(standings);
  curve.record_latency(standings);

  ASSERT_EQ(curve.figures.size(), 3U);
  EXPECT_EQ(curve.figures[0].lines.at(1).name, "nginx");
  EXPECT_EQ(curve.figures[0].lines.at(1).values.at(0).median, 12);
  EXPECT_EQ(curve.figures[1].lines.at(0).values.at(0).median, 70'000);
}

TEST(CostCurve, LineThatLeavesOutAStepIsAnError) {
  auto curve = two_steps();
  curve.begin_step(200'000);
  curve.begin_step(300'000);

  EXPECT_THROW(curve.record("memory, MiB", "hearth", once(1)), std::logic_error);
}

TEST(CostCurve, SecondValueOfAStepIsAnError) {
  auto curve = two_steps();

  EXPECT_THROW(curve.record("memory, MiB", "hearth", once(1)), std::logic_error);
}

TEST(CostCurve, PanelOfALineWithoutTheLastStepIsAnError) {
  auto curve = two_steps();
  curve.begin_step(200'000);
  curve.record("memory, MiB", "hearth", once(1));

  EXPECT_THROW(print_curve(curve), std::logic_error);
  EXPECT_THROW((void)curve_panel(curve, "memory, MiB"), std::logic_error);
  EXPECT_THROW((void)curve_panel(curve, "no such figure"), std::logic_error);
}

TEST(CostCurve, JsonHoldsEveryValue) {
  const auto json = curve_json(two_steps());

  const auto& figure = json.at("figures").as_array().at(0).as_object();
  const auto& line = figure.at("lines").as_array().at(0).as_object();
  EXPECT_EQ(json.at("steps").as_array().size(), 2U);
  EXPECT_EQ(line.at("values").as_array().at(1).as_object().at("least").as_double(), 6);
}

TEST(RedisFigure, IsReadAmongOthers) {
  const std::string info = "# Memory\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\n";

  EXPECT_EQ(redis_figure(info, "used_memory"), 1'048'576U);
}

TEST(RedisFigure, MissingOrUnreadableOnesAreErrors) {
  const std::string info = "# Memory\r\nused_memory_human:1.00M\r\n";

  EXPECT_THROW((void)redis_figure(info, "used_memory"), std::runtime_error);
  EXPECT_THROW((void)redis_figure(info, "used_memory_human"), std::runtime_error);
}

TEST(ProcessorTimes, NewProcessesCountInFullAndEndedOnesNot) {
  const ProcessorTimes before{{1, nanoseconds(10)}, {2, nanoseconds(50)}};
  const ProcessorTimes after{{1, nanoseconds(15)}, {3, nanoseconds(7)}};

  EXPECT_EQ(used_since(before, after), nanoseconds(12));
}

}  // namespace
}  // namespace hearth::bench
