#include "experiment/averaging_summary.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(AveragingSummary, CountsRoundsUntilTheTargetIsReached) {
  const auto summary = summarise({{1, .5, .1, .01}, {1, .1, .1, .2}, {1, .5, .5, .5}}, .1);
  EXPECT_EQ(summary.rounds_to_target_mean, 2.0);  // 2, 1, and 3 for the one that never was there
  EXPECT_EQ(summary.rounds_to_target_sd, 1.0);
  EXPECT_EQ(summary.rounds_to_target_standard_error, 1 / std::sqrt(3.0));
  EXPECT_EQ(summary.restarts_above_target, 2u);
}

TEST(AveragingSummary, HasAMeanAndAMedianOfEachRound) {
  const auto odd = summarise({{3, 10}, {1, 30}, {8, 20}}, .1);
  EXPECT_EQ(odd.mse_mean, (Curve{4, 20}));
  EXPECT_EQ(odd.mse_median, (Curve{3, 20}));
  const auto even = summarise({{3, 0}, {1, 1}, {8, 7}, {4, 3}}, .1);
  EXPECT_EQ(even.mse_median, (Curve{3.5, 2}));
}

TEST(AveragingSummary, OneRestartHasNoDeviation) {
  const auto summary = summarise({{1, .01}}, .1);
  EXPECT_EQ(summary.rounds_to_target_mean, 1.0);
  EXPECT_EQ(summary.rounds_to_target_sd, 0.0);
}

}  // namespace
}  // namespace moshpit
