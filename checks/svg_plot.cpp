#include "checks/svg_plot.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace hearth::checks {
namespace {

constexpr double width = 760;
constexpr double left = 64;
constexpr double right = 24;
constexpr double panel_height = 300;
constexpr double panel_top = 44;     // for the title
constexpr double panel_bottom = 46;  // for the time axis
constexpr double plot_height = panel_height - panel_top - panel_bottom;
constexpr double legend_height = 40;

// Okabe and Ito's colours, which also people with a colour vision deficiency tell apart.
constexpr std::array<std::string_view, 4> colours{"#D55E00", "#0072B2", "#009E73", "#CC79A7"};
constexpr std::array<std::string_view, 4> dashes{"2 4", "8 4", "none", "8 3 2 3"};

class Writer {
 public:
  Writer(double begin, double end) : begin_(begin), end_(end) {}

  void panel(const Panel& panel, double top, const std::string& time_label) {
    text(left, top + 26, "start", "bold", panel.title);
    grid(top, time_label);
    for (std::size_t i = 0; i < panel.curves.size(); ++i) curve(panel.curves[i], i, top);
  }

  void legend(const std::vector<Curve>& curves, double top) {
    double x = left;
    for (std::size_t i = 0; i < curves.size(); ++i) {
      line(x, top, x + 34, top, style(i));
      text(x + 42, top + 4, "start", "normal", curves[i].name);
      x += 80 + 7.2 * static_cast<double>(curves[i].name.size());
    }
  }

  [[nodiscard]] const std::string& result() const { return out_; }

 private:
  [[nodiscard]] double x_of(double seconds) const {
    return left + (seconds - begin_) / (end_ - begin_) * (width - left - right);
  }
  [[nodiscard]] static double y_of(double percent, double top) {
    return top + panel_top + (100 - percent) / 100 * plot_height;
  }
  [[nodiscard]] static std::string style(std::size_t curve) {
    const auto which = curve % colours.size();
    return fmt::format(R"(stroke="{}" stroke-width="2" stroke-dasharray="{}")", colours[which],
                       dashes[which]);
  }

  void grid(double top, const std::string& time_label) {
    constexpr auto pale = R"(stroke="#dddddd")";
    for (int percent = 0; percent <= 100; percent += 20) {
      const auto y = y_of(percent, top);
      line(left, y, width - right, y, pale);
      text(left - 8, y + 4, "end", "normal", fmt::format("{} %", percent));
    }
    for (auto second = std::ceil(begin_); second <= end_; second += 1) {
      const auto x = x_of(second);
      line(x, y_of(100, top), x, y_of(0, top), second == 0 ? R"(stroke="#444444")" : pale);
      text(x, y_of(0, top) + 18, "middle", "normal", fmt::format("{:.0f}", second));
    }
    text((left + width - right) / 2, y_of(0, top) + 38, "middle", "normal", time_label);
    const auto middle = y_of(50, top);
    out_ += fmt::format(
        "<text x=\"16\" y=\"{0:.1f}\" text-anchor=\"middle\" "
        "transform=\"rotate(-90 16 {0:.1f})\">hit rate</text>\n",
        middle);
  }

  void curve(const Curve& curve, std::size_t number, double top) {
    out_ += "<polyline fill=\"none\" " + style(number) + " points=\"";
    for (const auto& [seconds, percent] : curve.points) {
      out_ += fmt::format("{:.1f},{:.1f} ", x_of(seconds), y_of(percent, top));
    }
    out_ += "\"/>\n";
  }

  void line(double x1, double y1, double x2, double y2, std::string_view attributes) {
    out_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1,
                        y1, x2, y2, attributes);
  }

  void text(double x, double y, std::string_view anchor, std::string_view weight,
            std::string_view words) {
    out_ += fmt::format(
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-weight=\"{}\">{}</text>\n", x, y,
        anchor, weight, words);
  }

  const double begin_;
  const double end_;
  std::string out_;
};

}  // namespace

std::string svg_plot(const std::vector<Panel>& panels, double begin, double end,
                     const std::string& time_label) {
  Writer writer(begin, end);
  const auto height = panel_height * static_cast<double>(panels.size()) + legend_height;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    writer.panel(panels[i], panel_height * static_cast<double>(i), time_label);
  }
  if (!panels.empty()) writer.legend(panels.front().curves, height - legend_height / 2);
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
      "width=\"{0:.0f}\" height=\"{1:.0f}\" font-family=\"sans-serif\" font-size=\"13\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{2}</svg>\n",
      width, height, writer.result());
}

}  // namespace hearth::checks
