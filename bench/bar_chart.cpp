#include "bench/bar_chart.hpp"

#include <algorithm>
#include <string_view>

#include "bench/svg.hpp"

namespace hearth::bench {
namespace {

constexpr double width = 800;
constexpr double bars_begin = 224;
constexpr double bars_end = 590;  // what is right of it belongs to the figures in words
constexpr double title_height = 36;
constexpr double panel_title_height = 30;
constexpr double bar_step = 26;
constexpr double bar_height = 16;
constexpr double panel_gap = 14;
constexpr double caption_height = 34;

std::string words_of(const Spread& value) {
  if (value.least == value.most) return figure_text(value.median);
  return figure_text(value.median) + " (" + figure_text(value.least) + "-" +
         figure_text(value.most) + ")";
}

void draw_bar(Svg& svg, const Bar& bar, std::string_view colour, double top, double scale) {
  const auto x_of = [&](double value) { return bars_begin + value * scale; };
  const auto middle = top + bar_height / 2;
  svg.text(bars_begin - 10, middle + 4.5, Svg::Anchor::end, bar.name);
  svg.rectangle(bars_begin, top, x_of(bar.value.median) - bars_begin, bar_height, colour);
  svg.line(x_of(bar.value.least), middle, x_of(bar.value.most), middle, ink_colour, 1.5);
  for (const auto end : {bar.value.least, bar.value.most}) {
    svg.line(x_of(end), middle - 4, x_of(end), middle + 4, ink_colour, 1.5);
  }
  svg.text(x_of(bar.value.most) + 8, middle + 4.5, Svg::Anchor::start, words_of(bar.value));
}

double draw_panel(Svg& svg, const BarPanel& panel, double top) {
  double most = 0;
  for (const auto& bar : panel.bars) most = std::max(most, bar.value.most);
  const auto scale = most > 0 ? (bars_end - bars_begin) / most : 0;
  svg.text(24, top + 16, Svg::Anchor::start, panel.title, Svg::Weight::bold);
  top += panel_title_height;
  for (std::size_t i = 0; i < panel.bars.size(); ++i) {
    draw_bar(svg, panel.bars[i], plot_colours.at(i % panel.colours), top, scale);
    top += bar_step;
  }
  return top + panel_gap;
}

}  // namespace

std::string bar_chart(const std::string& title, const std::vector<BarPanel>& panels,
                      const std::string& caption) {
  Svg svg;
  svg.text(24, 24, Svg::Anchor::start, title);
  auto top = title_height;
  for (const auto& panel : panels) top = draw_panel(svg, panel, top);
  svg.text(24, top + 12, Svg::Anchor::start, caption);
  return svg.document(width, top + caption_height);
}

}  // namespace hearth::bench
