#include "experiment/training/accuracy_chart.hpp"

#include <array>
#include <fmt/format.h>

#include "base/assert.hpp"

namespace moshpit {
namespace {

constexpr double width = 820, height = 430;
constexpr double left = 70, right = 580, top = 42, bottom = 376;
constexpr int ticks = 5;

// Okabe and Ito 2008, without yellow, and three of their darker neighbours.
constexpr std::array colours{"#7f7f7f", "#b0b0b0", "#e69f00", "#cc79a7", "#009e73", "#006b4e",
                             "#56b4e9", "#2a7fb0", "#a04000", "#0072b2", "#d55e00"};

class Picture {
 public:
  explicit Picture(const AccuracyChart& chart) : chart_(chart) {}

  std::string drawn() {
    axes();
    text_ += "<g clip-path=\"url(#inside)\">\n";
    line(left, y(chart_.target), right, y(chart_.target), "black", " stroke-dasharray=\"5 3\"");
    for (std::size_t i = 0; i < chart_.lines.size(); ++i) curve(i);
    text_ += "</g>\n";
    for (std::size_t i = 0; i < chart_.lines.size(); ++i) legend(i);
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
        "height=\"{1}\" font-family=\"sans-serif\" font-size=\"12\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        "<clipPath id=\"inside\"><rect x=\"{2}\" y=\"{3}\" width=\"{4}\" height=\"{5}\"/>"
        "</clipPath>\n{6}</svg>\n",
        width, height, left, top, right - left, bottom - top, text_);
  }

 private:
  double x(double hours) const { return left + (right - left) * hours / chart_.hours; }
  double y(double accuracy) const {
    return bottom - (bottom - top) * (accuracy - chart_.lowest) / (chart_.highest - chart_.lowest);
  }

  void words(double at_x, double at_y, const char* anchor, const std::string& what) {
    text_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", at_x,
                         at_y, anchor, what);
  }

  void line(double x1, double y1, double x2, double y2, const char* colour, const char* more = "") {
    text_ += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"{}/>\n", x1, y1,
        x2, y2, colour, more);
  }

  void axes() {
    words((left + right) / 2, top - 16, "middle", chart_.title);
    words((left + right) / 2, bottom + 40, "middle", "hours of virtual time");
    for (int i = 0; i <= ticks; ++i) {
      const double part = static_cast<double>(i) / ticks;
      const double accuracy = chart_.lowest + part * (chart_.highest - chart_.lowest);
      line(left, y(accuracy), right, y(accuracy), "#dddddd");
      words(left - 8, y(accuracy) + 4, "end",
            chart_.is_share ? fmt::format("{:.1f} %", 100 * accuracy)
                            : fmt::format("{:.2f}", accuracy));
      words(x(part * chart_.hours), bottom + 18, "middle",
            fmt::format("{:.2f}", part * chart_.hours));
    }
  }

  void curve(std::size_t index) {
    text_ += "<polyline points=\"";
    for (const auto& [hours, accuracy] : chart_.lines[index].points) {
      text_ += fmt::format("{:.1f},{:.1f} ", x(hours), y(accuracy));
    }
    text_ += fmt::format("\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"/>\n",
                         colours[index % colours.size()]);
  }

  void legend(std::size_t index) {
    const double at = top + 10 + 21 * static_cast<double>(index);
    line(right + 14, at, right + 42, at, colours[index % colours.size()], " stroke-width=\"1.8\"");
    words(right + 50, at + 4, "start", chart_.lines[index].name);
  }

  const AccuracyChart& chart_;
  std::string text_;
};

}  // namespace

std::string svg(const AccuracyChart& chart) {
  MOSHPIT_ASSERT(!chart.lines.empty() && chart.hours > 0 && chart.lowest < chart.highest);
  return Picture(chart).drawn();
}

}  // namespace moshpit
