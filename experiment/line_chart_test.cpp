#include "experiment/line_chart.hpp"

#include <gtest/gtest.h>
#include <string>

namespace moshpit {
namespace {

TEST(LineChart, DrawsEachCurveInEachPanel) {
  LineChart chart;
  chart.title = "loss";
  chart.panels.push_back({"samples", "loss", {{"one", {{0, 4}, {100, 2}}}, {"other", {{0, 3}}}}});
  chart.panels.push_back({"minutes", "loss", {{"one", {{0, 4}, {5, 2}}}, {"other", {{0, 3}}}}});
  const std::string picture = svg(chart);
  std::size_t curves = 0;
  for (auto at = picture.find("<polyline"); at != std::string::npos;
       at = picture.find("<polyline", at + 1)) {
    ++curves;
  }
  EXPECT_EQ(curves, 4u);
  // The first panel's corners: the highest loss at the left, the lowest at the right.
  EXPECT_NE(picture.find("points=\"64.0,42.0 424.0,316.0 \""), std::string::npos) << picture;
  EXPECT_NE(picture.find(">minutes<"), std::string::npos);
  EXPECT_NE(picture.find(">other<"), std::string::npos);
}

TEST(LineChart, ACurveThatStandsStillIsInTheMiddle) {
  LineChart chart;
  chart.panels.push_back({"samples", "loss", {{"one", {{1, 2}, {2, 2}}}}});
  EXPECT_NE(svg(chart).find(",179.0"), std::string::npos);
}

}  // namespace
}  // namespace moshpit
