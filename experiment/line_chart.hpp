// LineChart: curves in panels side by side, each with axes of its own, as a picture in SVG. Pure.
#pragma once

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
  std::vector<Curve> curves;  // of the same name in each panel, which share a colour
};

struct LineChart {
  std::string title;
  std::vector<Panel> panels;
};

// Requires: a panel, and in each panel a curve with a point.
std::string svg(const LineChart& chart);

}  // namespace moshpit
