#include "experiment/chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>

#include "base/assert.hpp"

namespace moshpit {
namespace {

constexpr double width = 760, height = 430;
constexpr double left = 78, right = 522, top = 42, bottom = 376;
constexpr int highest_exponent = 1;  // errors begin at 10^0, and lines need air above

// Okabe and Ito 2008: told apart by every kind of colour vision. Yellow is too pale for lines.
constexpr std::array<const char*, 7> colours{"#7f7f7f", "#e69f00", "#cc79a7", "#009e73",
                                             "#56b4e9", "#d55e00", "#0072b2"};

enum class Mark { circle, square, diamond, triangle };

// Where a mark and a line of this place in the legend get their looks from.
struct Look {
  std::string colour;
  Mark mark;
  bool is_theory;
};

Look look_of(const Chart& chart, std::size_t index) {
  const bool is_theory = chart.lines[index].is_theory;
  const auto mark = static_cast<Mark>(index % 4);
  return {is_theory ? "black" : colours[index % colours.size()], mark, is_theory};
}

struct Point {
  double x;
  double y;
};

std::string mark(Point at, const Look& look) {
  const std::string paint = look.is_theory
                                ? "fill=\"white\" stroke=\"black\""
                                : fmt::format("fill=\"{}\" stroke=\"white\"", look.colour);
  const double size = 3.4;
  if (look.mark == Mark::circle) {
    return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" {}/>\n", at.x, at.y, size,
                       paint);
  }
  std::string corners;
  const auto corner = [&](double dx, double dy) {
    corners += fmt::format("{:.1f},{:.1f} ", at.x + dx * size, at.y + dy * size);
  };
  if (look.mark == Mark::square) corner(-.9, -.9), corner(.9, -.9), corner(.9, .9), corner(-.9, .9);
  if (look.mark == Mark::diamond) corner(0, -1.3), corner(1.3, 0), corner(0, 1.3), corner(-1.3, 0);
  if (look.mark == Mark::triangle) corner(0, -1.2), corner(1.1, .9), corner(-1.1, .9);
  return fmt::format("<polygon points=\"{}\" {}/>\n", corners, paint);
}

std::string path(const std::vector<Point>& points, const Look& look) {
  std::string text;
  for (const Point& point : points) text += fmt::format("{:.1f},{:.1f} ", point.x, point.y);
  return fmt::format(
      "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{}/>\n", text,
      look.colour, look.is_theory ? 1.1 : 1.8, look.is_theory ? " stroke-dasharray=\"5 3\"" : "");
}

std::string text_at(Point at, const char* anchor, const std::string& words) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", at.x, at.y,
                     anchor, words);
}

std::string straight(Point from, Point to, const char* colour) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", from.x,
      from.y, to.x, to.y, colour);
}

// Titles and names are ours, but a name may say "M < N".
std::string escaped(const std::string& words) {
  std::string safe;
  for (const char letter : words) {
    if (letter == '<')
      safe += "&lt;";
    else if (letter == '&')
      safe += "&amp;";
    else
      safe += letter;
  }
  return safe;
}

class Axes {
 public:
  explicit Axes(const Chart& chart) : lowest_(chart.lowest_exponent) {
    for (const ChartLine& line : chart.lines) {
      rounds_ = std::max(rounds_, static_cast<int>(line.errors.size()) - 1);
    }
  }

  double x(double round) const { return left + (right - left) * round / rounds_; }
  double y(double exponent) const {
    return top + (bottom - top) * (highest_exponent - exponent) / (highest_exponent - lowest_);
  }
  bool shows(double error) const { return error > 0 && std::log10(error) >= lowest_; }
  // What is too small for the axis, 0 too, is a little below it, where it is cut off.
  Point at(std::size_t round, double error) const {
    const double below = lowest_ - 1;
    return {x(static_cast<double>(round)),
            y(error > 0 ? std::max(below, std::log10(error)) : below)};
  }

  std::string drawn() const {
    std::string text;
    for (int exponent = highest_exponent - 1; exponent >= lowest_; exponent -= 2) {
      text += straight({left, y(exponent)}, {right, y(exponent)}, "#dddddd");
      text += text_at({left - 8, y(exponent) + 4}, "end",
                      fmt::format("10<tspan dy=\"-5\" font-size=\"9\">{}</tspan>", exponent));
    }
    const int step = rounds_ <= 12 ? 1 : rounds_ <= 30 ? 2 : std::max(5, rounds_ / 50 * 5);
    for (int round = 0; round <= rounds_; round += step) {
      text += straight({x(round), bottom}, {x(round), bottom + 4}, "black");
      text += text_at({x(round), bottom + 18}, "middle", fmt::format("{}", round));
    }
    return text + fmt::format(
                      "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" "
                      "stroke=\"black\"/>\n",
                      left, top, right - left, bottom - top);
  }

 private:
  int lowest_;
  int rounds_ = 1;
};

std::string drawn_line(const Axes& axes, const ChartLine& line, const Look& look) {
  std::vector<Point> points;
  std::string marks;
  for (std::size_t round = 0; round < line.errors.size(); ++round) {
    points.push_back(axes.at(round, line.errors[round]));
    if (!axes.shows(line.errors[round])) break;
    marks += mark(points.back(), look);
  }
  return path(points, look) + marks;
}

std::string legend(const Chart& chart) {
  std::string text;
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    const double y = top + 10 + 21 * static_cast<double>(i);
    const Look look = look_of(chart, i);
    text += path({{right + 14, y}, {right + 42, y}}, look) + mark({right + 28, y}, look);
    text += text_at({right + 50, y + 4}, "start", escaped(chart.lines[i].name));
  }
  return text;
}

std::string titles(const Chart& chart) {
  const double middle = (left + right) / 2;
  const double y = (top + bottom) / 2;
  return text_at({middle, top - 16}, "middle", escaped(chart.title)) +
         text_at({middle, bottom + 40}, "middle", "round") +
         fmt::format(
             "<text x=\"22\" y=\"{0}\" text-anchor=\"middle\" "
             "transform=\"rotate(-90 22 {0})\">{1}</text>\n",
             y, escaped(chart.y_title));
}

}  // namespace

std::string svg(const Chart& chart) {
  MOSHPIT_ASSERT(!chart.lines.empty() && chart.lowest_exponent < 0);
  const Axes axes(chart);
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      "<clipPath id=\"inside\"><rect x=\"{2}\" y=\"{3}\" width=\"{4}\" height=\"{5}\"/>"
      "</clipPath>\n",
      width, height, left, top, right - left, bottom - top);
  text += axes.drawn() + titles(chart) + legend(chart) + "<g clip-path=\"url(#inside)\">\n";
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    text += drawn_line(axes, chart.lines[i], look_of(chart, i));
  }
  return text + "</g>\n</svg>\n";
}

}  // namespace moshpit
