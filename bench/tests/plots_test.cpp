#include <gtest/gtest.h>

#include <cmath>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "bench/bar_chart.hpp"
#include "bench/contest_plot.hpp"
#include "bench/line_chart.hpp"
#include "bench/svg.hpp"

namespace hearth::bench {
namespace {

/// Where a text stands, as wide as it may become.
struct TextBox {
  double left = 0;
  double right = 0;
  double base = 0;
  std::string words;
};

std::vector<TextBox> texts_of(const std::string& svg) {
  static const std::regex text(
      R"re(<text x="([-0-9.]+)" y="([-0-9.]+)" text-anchor="(\w+)"[^>]*>([^<]*)</text>)re");
  std::vector<TextBox> boxes;
  for (std::sregex_iterator at(svg.begin(), svg.end(), text), end; at != end; ++at) {
    const auto words = (*at)[4].str();
    const auto width = letter_width * static_cast<double>(words.size());
    auto left = std::stod((*at)[1].str());
    if ((*at)[3] == "middle") left -= width / 2;
    if ((*at)[3] == "end") left -= width;
    boxes.push_back({left, left + width, std::stod((*at)[2].str()), words});
  }
  return boxes;
}

bool overlap(const TextBox& a, const TextBox& b) {
  constexpr double line_height = 14;
  return a.left < b.right && b.left < a.right && std::abs(a.base - b.base) < line_height;
}

std::vector<std::string> texts_that_collide(const std::string& svg, double width) {
  std::vector<std::string> found;
  const auto boxes = texts_of(svg);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (boxes[i].left < 0 || boxes[i].right > width) found.push_back("outside: " + boxes[i].words);
    for (std::size_t j = i + 1; j < boxes.size(); ++j) {
      if (overlap(boxes[i], boxes[j])) found.push_back(boxes[i].words + " | " + boxes[j].words);
    }
  }
  return found;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

Standing standing_of(const std::string& name, double processor_us) {
  Measured round;
  round.requests_per_second = 112'345;
  round.p99_ms = 1.25;
  round.processor_us = processor_us;
  auto dearer = round;
  dearer.processor_us *= 1.5;
  return {name, {round, dearer, round}};
}

ContestReport a_contest() {
  ContestReport report;
  report.scenario = "read-redis";
  report.title = "10,000 flags by Zipf's law from Redis, the first 3 s after it was emptied";
  report.standings = {standing_of("hearth, with changes", 12.5),
                      standing_of("nginx return 200", 8)};
  return report;
}

LinePanel a_panel() {
  return {
      .title = "processor time for a request, us",
      .steps_title = "connections, each with one request at a time",
      .steps = {"100", "1,000", "10,000", "100,000"},
      .lines = {
          {"hearth, from its own copies", {{12, 11, 14}, {13, 12, 14}, {14, 13, 19}, {30, 29, 31}}},
          {"hearth, from Redis", {{18, 17, 19}, {18, 18, 18}, {19, 18, 22}, {22, 20, 25}}},
          {"nginx return 200", {{9, 9, 9}, {9, 9, 9}, {9, 9, 9}, {9, 9, 9}}}}};
}

TEST(FigureText, HasAboutThreeDigits) {
  EXPECT_EQ(figure_text(0), "0");
  EXPECT_EQ(figure_text(7), "7");
  EXPECT_EQ(figure_text(0.624), "0.62");
  EXPECT_EQ(figure_text(12.36), "12.4");
  EXPECT_EQ(figure_text(291.4), "291");
  EXPECT_EQ(figure_text(1'234'567), "1,234,567");
}

TEST(Svg, TextIsEscaped) {
  Svg svg;
  svg.text(0, 0, Svg::Anchor::start, "a < b & c");

  EXPECT_NE(svg.document(10, 10).find(">a &lt; b &amp; c</text>"), std::string::npos);
}

TEST(BarChart, LongestWhiskerReachesTheEndAndTheBarsAreInProportion) {
  const auto svg = bar_chart("t", {{"p", {{"a", {5, 5, 10}}, {"b", {2.5, 2, 3}}}}}, "c");

  // 366 pixels for 10.
  EXPECT_NE(svg.find("<rect x=\"224.0\" y=\"66.0\" width=\"183.0\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("<rect x=\"224.0\" y=\"92.0\" width=\"91.5\""), std::string::npos);
  EXPECT_NE(svg.find(">5 (5-10)</text>"), std::string::npos);
}

TEST(BarChart, AsManyColoursTakeTurnsAsThePanelSays) {
  const auto svg = bar_chart("t", {{"p", {{"a", {}}, {"b", {}}, {"c", {}}}, 2}}, "c");

  EXPECT_EQ(count_of(svg, std::string("fill=\"") + std::string(plot_colours[0])), 2U);
  EXPECT_EQ(count_of(svg, std::string("fill=\"") + std::string(plot_colours[1])), 1U);
}

TEST(BarChart, FiguresThatAreAllZeroAreDrawn) {
  const auto svg = bar_chart("t", {{"p", {{"a", {}}}}}, "c");

  EXPECT_NE(svg.find(">0</text>"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(ContestPlot, HasThreePanelsWithABarForEach) {
  const auto svg = contest_plot({a_contest()}, "2 cores of AMD EPYC, load average 1.5");

  EXPECT_EQ(count_of(svg, "<rect x="), 6U);
  EXPECT_NE(svg.find(">processor time for a request, us</text>"), std::string::npos);
  EXPECT_NE(svg.find(">12.5 (12.5-18.8)</text>"), std::string::npos) << svg;
  EXPECT_NE(svg.find("Medians of 3 rounds"), std::string::npos);
}

TEST(ContestPlot, TextsDoNotCollide) {
  const auto svg = contest_plot({a_contest()}, "2 cores of AMD EPYC, load average 10.5");

  EXPECT_EQ(texts_that_collide(svg, 800), std::vector<std::string>{});
}

TEST(ContestPlot, SeveralContestsAreToldApartByTheirTitles) {
  auto other = a_contest();
  other.title = "20 flags";
  const auto svg = contest_plot({a_contest(), other}, "m");

  EXPECT_NE(svg.find(">20 flags: requests/s</text>"), std::string::npos);
  EXPECT_EQ(count_of(svg, "<rect x="), 12U);
}

TEST(GridStep, IsOneTwoOrFiveTimesAPowerOfTen) {
  EXPECT_DOUBLE_EQ(grid_step(19), 5);
  EXPECT_DOUBLE_EQ(grid_step(5), 1);
  EXPECT_DOUBLE_EQ(grid_step(9.5), 2);
  EXPECT_DOUBLE_EQ(grid_step(110'000), 50'000);
  EXPECT_DOUBLE_EQ(grid_step(0.07), 0.02);
}

TEST(LineChart, PointsAreInProportion) {
  const auto svg = line_chart({{"t", "x", {"1", "2"}, {{"a", {{0, 0, 0}, {10, 5, 10}}}}}}, "c");

  // 170 pixels from 214 upwards for 10.
  EXPECT_NE(svg.find("points=\"150.5,214.0 311.5,44.0 \""), std::string::npos) << svg;
  EXPECT_NE(svg.find("<line x1=\"311.5\" y1=\"129.0\" x2=\"311.5\" y2=\"44.0\""),
            std::string::npos);
}

TEST(LineChart, TextsDoNotCollide) {
  const auto svg = line_chart({a_panel(), a_panel(), a_panel()}, "2 cores");

  EXPECT_EQ(texts_that_collide(svg, 820), std::vector<std::string>{});
}

TEST(TextsThatCollide, AreFound) {
  Svg svg;
  svg.text(10, 10, Svg::Anchor::start, "first");
  svg.text(40, 12, Svg::Anchor::start, "second");
  svg.text(0, 60, Svg::Anchor::middle, "outside");

  EXPECT_EQ(texts_that_collide(svg.document(100, 100), 100).size(), 2U);
}

}  // namespace
}  // namespace hearth::bench
