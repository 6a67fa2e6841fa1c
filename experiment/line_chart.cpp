#include "experiment/line_chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "base/assert.hpp"

namespace moshpit {
namespace {

constexpr double panel_width = 440, legend_width = 240, height = 380;
constexpr double left = 64, right = 424, top = 42, bottom = 316;
constexpr int ticks = 5;

// Okabe and Ito 2008, those that stand out most beside one another first, and darker neighbours.
constexpr std::array colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
                             "#a04000", "#006b4e", "#2a7fb0", "#b0b0b0", "#7f7f7f"};

// The last curves are those that a picture is made for.
const char* colour_of(std::size_t curve, std::size_t curves) {
  return colours[(curves - 1 - curve) % colours.size()];
}

struct Range {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -std::numeric_limits<double>::infinity();

  void include(double value) {
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  // A curve that stands still is drawn in the middle.
  void widen() {
    if (highest > lowest) return;
    lowest -= 1;
    highest += 1;
  }
  double at(double part) const { return lowest + part * (highest - lowest); }
  double part(double value) const { return (value - lowest) / (highest - lowest); }
};

std::string tick(double value, const Range& range) {
  const double step = (range.highest - range.lowest) / ticks;
  const int digits = std::clamp(1 - static_cast<int>(std::floor(std::log10(step))), 0, 6);
  return fmt::format("{:.{}f}", value, digits);
}

class PanelPicture {
 public:
  PanelPicture(const Panel& panel, double offset) : panel_(panel), offset_(offset) {
    MOSHPIT_ASSERT(!panel.curves.empty());
    for (const Curve& curve : panel.curves) {
      for (const auto& [x, y] : curve.points) {
        x_.include(x);
        y_.include(y);
      }
    }
    x_.include(0);
    if (panel.x_end) x_.highest = *panel.x_end;
    if (panel.y_range) y_ = {panel.y_range->first, panel.y_range->second};
    x_.widen();
    y_.widen();
  }

  std::string drawn() {
    axes();
    text_ += fmt::format(
        "<clipPath id=\"inside{0:.0f}\"><rect x=\"{0:.0f}\" y=\"{1}\" width=\"{2}\" "
        "height=\"{3}\"/></clipPath>\n<g clip-path=\"url(#inside{0:.0f})\">\n",
        offset_ + left, top, right - left, bottom - top);
    if (panel_.target) level(*panel_.target, "black", " stroke-dasharray=\"5 3\"");
    for (std::size_t i = 0; i < panel_.curves.size(); ++i) curve(i);
    return text_ + "</g>\n";
  }

 private:
  double x(double value) const { return offset_ + left + (right - left) * x_.part(value); }
  double y(double value) const { return bottom - (bottom - top) * y_.part(value); }

  void words(double at_x, double at_y, const char* anchor, const std::string& what) {
    text_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", at_x,
                         at_y, anchor, what);
  }

  void level(double value, const char* colour, const char* more = "") {
    text_ += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"{}/>\n",
        offset_ + left, y(value), offset_ + right, y(value), colour, more);
  }

  void axes() {
    words(offset_ + (left + right) / 2, bottom + 36, "middle", panel_.x_title);
    words(offset_ + left, top - 10, "start", panel_.y_title);
    for (int i = 0; i <= ticks; ++i) {
      const double part = static_cast<double>(i) / ticks;
      const double height_of_tick = y_.at(part);
      level(height_of_tick, "#dddddd");
      words(offset_ + left - 6, y(height_of_tick) + 4, "end", tick(height_of_tick, y_));
      words(x(x_.at(part)), bottom + 18, "middle", tick(x_.at(part), x_));
    }
  }

  void curve(std::size_t index) {
    text_ += "<polyline points=\"";
    for (const auto& [at_x, at_y] : panel_.curves[index].points) {
      text_ += fmt::format("{:.1f},{:.1f} ", x(at_x), y(at_y));
    }
    text_ += fmt::format("\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"/>\n",
                         colour_of(index, panel_.curves.size()));
  }

  const Panel& panel_;
  double offset_;
  Range x_;
  Range y_;
  std::string text_;
};

std::string legend(const std::vector<Curve>& curves, double from) {
  std::string text;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const double at = top + 10 + 21 * static_cast<double>(i);
    text += fmt::format(
        "<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{2:.1f}\" y2=\"{1:.1f}\" stroke=\"{3}\" "
        "stroke-width=\"1.8\"/>\n<text x=\"{4:.1f}\" y=\"{5:.1f}\">{6}</text>\n",
        from, at, from + 28, colour_of(i, curves.size()), from + 36, at + 4, curves[i].name);
  }
  return text;
}

}  // namespace

std::string svg(const LineChart& chart) {
  MOSHPIT_ASSERT(!chart.panels.empty());
  const double panels = panel_width * static_cast<double>(chart.panels.size());
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      "<text x=\"{2:.1f}\" y=\"16\" text-anchor=\"middle\">{3}</text>\n",
      panels + legend_width, height, panels / 2, chart.title);
  for (std::size_t i = 0; i < chart.panels.size(); ++i) {
    text += PanelPicture(chart.panels[i], panel_width * static_cast<double>(i)).drawn();
  }
  return text + legend(chart.panels.front().curves, panels) + "</svg>\n";
}

}  // namespace moshpit
