// AccuracyChart: test accuracy, or a loss, against virtual hours, a line a method, as a picture in
// SVG. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace moshpit {

struct AccuracyLine {
  std::string name;
  std::vector<std::pair<double, double>> points;  // hours, accuracy
};

struct AccuracyChart {
  std::string title;
  double target = 0;  // a dashed line
  double hours = 1;   // where the axis ends; lines may go on
  double lowest = 0;  // accuracy at the foot of the picture
  double highest = 1;
  std::vector<AccuracyLine> lines;
  bool is_share = true;  // written as percentages; a loss is not
};

// Requires: a line, hours > 0, lowest < highest.
std::string svg(const AccuracyChart& chart);

}  // namespace moshpit
