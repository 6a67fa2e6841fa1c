// Chart: errors on a logarithmic axis against rounds, as a picture in SVG.
//
// Pure. The picture depends on nothing but the chart; text is in the reader's sans-serif font.
#pragma once

#include <string>
#include <vector>

namespace moshpit {

struct ChartLine {
  std::string name;
  std::vector<double> errors;  // by round, from 0; what is below the axis leaves the picture
  bool is_theory = false;      // drawn over the others: dashed, in black, with open marks
};

struct Chart {
  std::string title;
  std::string y_title;
  int lowest_exponent = -12;  // the axis goes from 10^this to 10
  std::vector<ChartLine> lines;
};

// Requires: a line, at least two rounds in the longest, lowest_exponent < 0.
std::string svg(const Chart& chart);

}  // namespace moshpit
