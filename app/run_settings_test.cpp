#include "app/run_settings.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(RunSettings, TravelAsText) {
  RunSettings settings;
  settings.model = "albert-tiny";
  settings.rate = 0.1 + 0.2;
  settings.hidden = 7;
  const auto back = run_settings_from(to_text(settings));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, settings);
  EXPECT_EQ(*run_settings_from(""), RunSettings());
}

TEST(RunSettings, WhatIsNotUnderstoodIsAnError) {
  for (const char* text : {"colour = red\n", "rate\n", "rate = fast\n", "hidden = -1\n"}) {
    const auto back = run_settings_from(text);
    ASSERT_FALSE(back.ok()) << text;
    EXPECT_EQ(back.error().code(), ErrorCode::bad_data);
  }
}

TEST(RunSettings, OnlyWhatSomebodyAskedForIsADifference) {
  RunSettings run;
  RunSettings own;
  own.rate = 0.5;
  own.hidden = 8;
  EXPECT_EQ(difference(run, own, {}), "");
  EXPECT_EQ(difference(run, own, {"rate"}), "rate is 0.05 and not 0.5");
  EXPECT_EQ(difference(run, run, {"rate", "hidden"}), "");
}

}  // namespace
}  // namespace moshpit
