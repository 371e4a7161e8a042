#include "bench/line_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bench/svg.hpp"

namespace hearth::bench {
namespace {

constexpr double panel_width = 410;
constexpr double plot_left = 70;
constexpr double plot_right = 392;
constexpr double plot_top = 44;
constexpr double plot_bottom = 214;
constexpr double legend_top = 276;
constexpr double legend_step = 18;
constexpr double panel_gap = 20;
constexpr double caption_height = 34;
constexpr std::array<std::string_view, 4> dashes{"none", "8 4", "2 4", "8 3 2 3"};

double most_of(const LinePanel& panel) {
  double most = 0;
  for (const auto& line : panel.lines) {
    for (const auto& value : line.values) most = std::max(most, value.most);
  }
  return most > 0 ? most : 1;
}

/// Without the zeros that `figure_text` keeps.
std::string grid_text(double value) {
  return value < 100 ? fmt::format("{:.3g}", value) : figure_text(value);
}

/// One panel, with its corner at (x, y).
class PanelWriter {
 public:
  PanelWriter(Svg& svg, const LinePanel& panel, double x, double y)
      : svg_(svg), panel_(panel), x_(x), y_(y), grid_(grid_step(most_of(panel))) {
    top_value_ = grid_ * std::ceil(most_of(panel) / grid_ - 1e-9);
  }

  void write() {
    svg_.text(x_ + 12, y_ + 26, Svg::Anchor::start, panel_.title, Svg::Weight::bold);
    write_grid();
    for (std::size_t i = 0; i < panel_.lines.size(); ++i) write_line(i);
    for (std::size_t i = 0; i < panel_.lines.size(); ++i) write_legend(i);
  }

 private:
  [[nodiscard]] double x_of(std::size_t step) const {
    const auto width = (plot_right - plot_left) / static_cast<double>(panel_.steps.size());
    return x_ + plot_left + (static_cast<double>(step) + 0.5) * width;
  }
  [[nodiscard]] double y_of(double value) const {
    return y_ + plot_bottom - value / top_value_ * (plot_bottom - plot_top);
  }

  void write_grid() {
    const auto lines = static_cast<int>(std::lround(top_value_ / grid_));
    for (int i = 0; i <= lines; ++i) {
      const auto y = y_of(i * grid_);
      svg_.line(x_ + plot_left, y, x_ + plot_right, y, grid_colour);
      svg_.text(x_ + plot_left - 8, y + 4.5, Svg::Anchor::end, grid_text(i * grid_));
    }
    for (std::size_t i = 0; i < panel_.steps.size(); ++i) {
      svg_.text(x_of(i), y_ + plot_bottom + 20, Svg::Anchor::middle, panel_.steps[i]);
    }
    svg_.text(x_ + (plot_left + plot_right) / 2, y_ + plot_bottom + 42, Svg::Anchor::middle,
              panel_.steps_title);
  }

  void write_line(std::size_t number) {
    const auto colour = plot_colours[number % plot_colours.size()];
    const auto& values = panel_.lines[number].values;
    std::vector<std::pair<double, double>> points;
    for (std::size_t i = 0; i < values.size(); ++i) {
      points.emplace_back(x_of(i), y_of(values[i].median));
      svg_.line(x_of(i), y_of(values[i].least), x_of(i), y_of(values[i].most), colour, 1.5);
      svg_.disc(x_of(i), y_of(values[i].median), 3.5, colour);
    }
    svg_.path(points, colour, dashes[number % dashes.size()]);
  }

  void write_legend(std::size_t number) {
    const auto y = y_ + legend_top + legend_step * static_cast<double>(number);
    svg_.path({{x_ + plot_left, y}, {x_ + plot_left + 34, y}},
              plot_colours[number % plot_colours.size()], dashes[number % dashes.size()]);
    svg_.text(x_ + plot_left + 42, y + 4.5, Svg::Anchor::start, panel_.lines[number].name);
  }

  Svg& svg_;
  const LinePanel& panel_;
  const double x_;
  const double y_;
  const double grid_;
  double top_value_ = 0;
};

}  // namespace

double grid_step(double most) {
  const auto power = std::pow(10, std::floor(std::log10(most)) - 1);
  constexpr double most_lines = 5;
  for (const auto factor : {1, 2, 5, 10, 20}) {
    if (most / (factor * power) <= most_lines) return factor * power;
  }
  return 50 * power;
}

std::string line_chart(const std::vector<LinePanel>& panels, const std::string& caption) {
  std::size_t most_lines = 0;
  for (const auto& panel : panels) most_lines = std::max(most_lines, panel.lines.size());
  const auto panel_height = legend_top + legend_step * static_cast<double>(most_lines) + panel_gap;
  Svg svg;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    PanelWriter(svg, panels[i], static_cast<double>(i % 2) * panel_width,
                static_cast<double>(i / 2) * panel_height)
        .write();
  }
  const auto bottom = static_cast<double>((panels.size() + 1) / 2) * panel_height;
  svg.text(24, bottom + 12, Svg::Anchor::start, caption);
  return svg.document(2 * panel_width, bottom + caption_height);
}

}  // namespace hearth::bench
