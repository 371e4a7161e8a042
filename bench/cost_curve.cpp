#include "bench/cost_curve.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "bench/svg.hpp"

namespace hearth::bench {
namespace {

namespace json = boost::json;

/// The element of that name, made if it is not there.
template <typename Named>
Named& named(std::vector<Named>& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &Named::name);
  if (found != all.end()) return *found;
  all.push_back({name, {}});
  return all.back();
}

std::string cell(const Spread& value) {
  if (value.least == value.most) return figure_text(value.median);
  return fmt::format("{} ({}-{})", figure_text(value.median), figure_text(value.least),
                     figure_text(value.most));
}

json::array lines_json(const std::vector<ChartLine>& lines) {
  json::array all;
  for (const auto& line : lines) {
    json::array values;
    for (const auto& value : line.values) {
      values.push_back(
          json::object{{"median", value.median}, {"least", value.least}, {"most", value.most}});
    }
    all.push_back(json::object{{"name", line.name}, {"values", std::move(values)}});
  }
  return all;
}

void expect_complete(const CostCurve& curve, const CurveFigure& figure) {
  for (const auto& line : figure.lines) {
    if (line.values.size() == curve.steps.size()) continue;
    throw std::logic_error(curve.name + ": " + line.name + " lacks the last step of '" +
                           figure.name + "'");
  }
}

}  // namespace

void CostCurve::record(const std::string& figure, const std::string& line, const Spread& value) {
  auto& values = named(named(figures, figure).lines, line).values;
  if (values.size() + 1 != steps.size()) {
    throw std::logic_error(name + ": " + line + " has " + std::to_string(values.size()) +
                           " values of '" + figure + "' before step " +
                           std::to_string(steps.size()));
  }
  values.push_back(value);
}

void CostCurve::record(std::span<const Standing> standings) {
  for (const auto& standing : standings) {
    record(processor_figure, standing.name, spread_of(standing, &Measured::processor_us));
    record(rate_figure, standing.name, spread_of(standing, &Measured::requests_per_second));
  }
}

void CostCurve::record_latency(std::span<const Standing> standings) {
  for (const auto& standing : standings) {
    record(p99_figure, standing.name, spread_of(standing, &Measured::p99_ms));
  }
}

void print_curve(const CostCurve& curve) {
  for (const auto& figure : curve.figures) expect_complete(curve, figure);
  for (const auto& figure : curve.figures) {
    fmt::print("\n{}: {}\n\n{:>12}", curve.name, figure.name, "");
    for (const auto& line : figure.lines) fmt::print("  {:>30}", line.name);
    fmt::print("\n");
    for (std::size_t step = 0; step < curve.steps.size(); ++step) {
      fmt::print("{:>12.0f}", curve.steps[step]);
      for (const auto& line : figure.lines) fmt::print("  {:>30}", cell(line.values.at(step)));
      fmt::print("\n");
    }
  }
  std::fflush(stdout);
}

json::object curve_json(const CostCurve& curve) {
  json::array figures;
  for (const auto& figure : curve.figures) {
    figures.push_back(json::object{{"name", figure.name}, {"lines", lines_json(figure.lines)}});
  }
  return {{"name", curve.name},
          {"grows", curve.steps_title},
          {"steps", json::array(curve.steps.begin(), curve.steps.end())},
          {"figures", std::move(figures)}};
}

LinePanel curve_panel(const CostCurve& curve, const std::string& figure) {
  const auto found = std::ranges::find(curve.figures, figure, &CurveFigure::name);
  if (found == curve.figures.end()) throw std::logic_error(curve.name + ": no " + figure);
  expect_complete(curve, *found);
  LinePanel panel{figure, curve.steps_title, {}, found->lines};
  for (const auto step : curve.steps) {
    panel.steps.push_back(step < 100 ? fmt::format("{:.0f}", step) : figure_text(step));
  }
  return panel;
}

}  // namespace hearth::bench
