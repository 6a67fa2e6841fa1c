// LineChart: curves in panels side by side, each with axes of its own, as a picture in SVG. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace moshpit {

struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;
};

struct Panel {
  std::string x_title;
  std::string y_title;
  std::vector<Curve> curves;     // of the same name in each panel, which share a colour
  std::optional<double> target;  // a dashed line at this height
  // Where the axes end: without them, with the curves. What lies beyond is not drawn.
  std::optional<double> x_end;
  std::optional<std::pair<double, double>> y_range;
};

struct LineChart {
  std::string title;
  std::vector<Panel> panels;
};

// Requires: a panel, in each panel a curve with a point, and axes that end after they begin.
std::string svg(const LineChart& chart);

}  // namespace moshpit
