#include "experiment/line_chart.hpp"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace moshpit {
namespace {

Panel panel(std::string x_title, std::vector<Curve> curves) {
  Panel made;
  made.x_title = std::move(x_title);
  made.curves = std::move(curves);
  return made;
}

TEST(LineChart, DrawsEachCurveInEachPanel) {
  LineChart chart;
  chart.title = "loss";
  chart.panels.push_back(panel("samples", {{"one", {{0, 4}, {100, 2}}}, {"other", {{0, 3}}}}));
  chart.panels.push_back(panel("minutes", {{"one", {{0, 4}, {5, 2}}}, {"other", {{0, 3}}}}));
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
  chart.panels.push_back(panel("samples", {{"one", {{1, 2}, {2, 2}}}}));
  EXPECT_NE(svg(chart).find(",179.0"), std::string::npos);
}

TEST(LineChart, AxesEndWhereTheyAreTold) {
  LineChart chart;
  chart.panels.push_back(panel("hours", {{"one", {{0, 0.5}, {1, 0.9}}}}));
  chart.panels.front().target = 0.75;
  chart.panels.front().x_end = 2;
  chart.panels.front().y_range.emplace(0.5, 1);
  const std::string picture = svg(chart);
  EXPECT_NE(picture.find("points=\"64.0,316.0 244.0,96.8 \""), std::string::npos) << picture;
  // The target, half way up.
  EXPECT_NE(picture.find("y1=\"179.0\" x2=\"424.0\" y2=\"179.0\" stroke=\"black\""),
            std::string::npos);
}

}  // namespace
}  // namespace moshpit
