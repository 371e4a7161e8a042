#pragma once

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <vector>

#include "bench/contest.hpp"
#include "bench/line_chart.hpp"
#include "bench/statistics.hpp"

namespace hearth::bench {

/// One of several figures that are looked at while something grows.
struct CurveFigure {
  std::string name;  ///< with the unit
  std::vector<ChartLine> lines;
};

/// The figures that a contest has.
inline const std::string processor_figure = "processor time for a request, us";
inline const std::string rate_figure = "requests/s";
inline const std::string p99_figure = "p99, ms";

/// What costs come to while something grows, step by step.
struct CostCurve {
  std::string name;             ///< "flags"
  std::string steps_title;      ///< what grows, in words
  std::vector<double> steps{};  ///< so far
  std::vector<CurveFigure> figures{};

  /// What is recorded from now on was measured at that amount.
  void begin_step(double amount) { steps.push_back(amount); }

  /// A figure of one line at the present step. Figures and lines begin when they are first
  /// recorded. Throws std::logic_error if the line has left out a step, or has this one already: a
  /// value must not move to another step.
  void record(const std::string& figure, const std::string& line, const Spread& value);

  /// The processor time and the rate of everybody in a contest.
  void record(std::span<const Standing> standings);
  /// And how long the slowest hundredth waited.
  void record_latency(std::span<const Standing> standings);
};

/// Of one value that was measured once.
[[nodiscard]] inline Spread once(double value) { return {value, value, value}; }

/// Prints a table for each figure on standard output: a row for a step, a column for a line. Throws
/// std::logic_error if a line lacks the last step, before it prints anything.
void print_curve(const CostCurve& curve);

/// The same figures for programs.
[[nodiscard]] boost::json::object curve_json(const CostCurve& curve);

/// A figure as a panel. Throws std::logic_error if there is no such figure, or as above.
[[nodiscard]] LinePanel curve_panel(const CostCurve& curve, const std::string& figure);

}  // namespace hearth::bench
