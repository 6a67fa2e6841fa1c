#include "experiment/chart.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

int count(const std::string& text, const std::string& what) {
  int found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

Chart one_line(std::vector<double> errors) {
  return {"title", "error", -4, {{"name", std::move(errors)}}};
}

// The picture is read in words: where a line's points are is what a reader sees.
TEST(Chart, PutsPowersOfTenAtEqualDistances) {
  const std::string text = svg(one_line({1, 1e-2, 1e-4}));
  // The axis spans 10^1 to 10^-4 from 42 to 376: 66.8 a power. Rounds span 78 to 522.
  EXPECT_EQ(count(text, "points=\"78.0,108.8 300.0,242.4 522.0,376.0 \""), 1) << text;
  for (const char* tick : {">0</tspan>", ">-2</tspan>", ">-4</tspan>", ">0</text>", ">2</text>"}) {
    EXPECT_EQ(count(text, tick), 1) << tick;
  }
}

TEST(Chart, WhatIsExactLeavesThePictureAtTheBottom) {
  const std::string text = svg(one_line({1, 0, 0}));
  EXPECT_EQ(count(text, "points=\"78.0,108.8 300.0,442.8 \""), 1) << text;
  EXPECT_EQ(count(text, "<circle"), 2);  // in the legend, and round 0
}

TEST(Chart, NamesEveryLineAndTellsTheoryApart) {
  Chart chart = one_line({1, .1});
  chart.lines.push_back({"M < N & theory", {1, .2}, true});
  const std::string text = svg(chart);
  EXPECT_EQ(count(text, ">name<"), 1);
  EXPECT_EQ(count(text, ">M &lt; N &amp; theory<"), 1);
  EXPECT_EQ(count(text, "stroke-dasharray"), 2);  // the line and its place in the legend
  EXPECT_EQ(count(text, "<polyline"), 4);
}

}  // namespace
}  // namespace moshpit
