#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth::bench {

/// Okabe and Ito's colours, which also people with a colour vision deficiency tell apart.
inline constexpr std::array<std::string_view, 4> plot_colours{"#0072B2", "#D55E00", "#009E73",
                                                              "#CC79A7"};
inline constexpr std::string_view grid_colour = "#dddddd";
inline constexpr std::string_view ink_colour = "#333333";

/// How wide a letter of the usual size is at most on average, in pixels: for leaving room.
inline constexpr double letter_width = 7.2;

/// A drawing that grows by what is put on it; in pixels, from the top left. Threading: one owner.
class Svg {
 public:
  enum class Anchor { start, middle, end };
  enum class Weight { normal, bold };

  /// On the base line `y`; any text, which is escaped.
  void text(double x, double y, Anchor anchor, std::string_view words,
            Weight weight = Weight::normal);
  void line(double x1, double y1, double x2, double y2, std::string_view colour, double width = 1);
  void rectangle(double x, double y, double width, double height, std::string_view colour);
  void disc(double x, double y, double radius, std::string_view colour);
  /// A line through all points; `dashes` as SVG's stroke-dasharray, or "none".
  void path(const std::vector<std::pair<double, double>>& points, std::string_view colour,
            std::string_view dashes);

  /// The whole document of that size, on white.
  [[nodiscard]] std::string document(double width, double height) const;

 private:
  std::string out_;
};

/// A figure for a reader, with commas between thousands, and about three digits if it is no whole
/// number: `73,215`, `12.4`, `0.62`, `7`.
[[nodiscard]] std::string figure_text(double value);

}  // namespace hearth::bench
