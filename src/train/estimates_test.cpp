#include "train/estimates.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "base/random.hpp"

namespace moshpit {
namespace {

float brought(float snapshot, float own, float mean, ChunkOutcome chunk = ChunkOutcome::averaged) {
  StepOutcome outcome;
  outcome.values = {0, mean};
  outcome.chunk_elements = 1;
  outcome.chunks = {ChunkOutcome::averaged, chunk};
  const std::vector<float> before = {0, snapshot};
  std::vector<float> estimates = {own};
  apply_to_estimates(outcome, 1, before, estimates);
  return estimates.front();
}

TEST(Estimates, WhatStoodStillIsTheMean) {
  EXPECT_EQ(brought(0.3f, 0.3f, 0.7f), 0.7f);
  EXPECT_EQ(brought(0, 0, -2), -2);
  EXPECT_EQ(brought(1, 1, 2, ChunkOutcome::kept), 1);
}

TEST(Estimates, WhatGrewMovesTheMeanAsMuch) {
  EXPECT_FLOAT_EQ(brought(0.3f, 0.5f, 0.7f), 0.9f);
  EXPECT_FLOAT_EQ(brought(0, 0.5f, 0.7f), 1.2f);
  EXPECT_FLOAT_EQ(brought(-1, 0.5f, 0.7f), 2.2f);
}

// Two steps with a momentum of .9 and no gradient.
TEST(Estimates, AMomentumDecaysAsFastAsEachOwnOne) {
  for (const float own : {0.1f, 1.0f, 30.0f}) {
    EXPECT_FLOAT_EQ(brought(own, 0.81f * own, 2), 0.81f * 2);
    EXPECT_FLOAT_EQ(brought(-own, -0.81f * own, -2), -0.81f * 2);
  }
}

// A rule that keeps variances above zero must not push momenta to one side.
TEST(Estimates, ZeroIsInTheMiddleAndVariancesStayAbove) {
  Random random(1);
  for (int trial = 0; trial < 10'000; ++trial) {
    const auto draw = [&] { return static_cast<float>(random.normal()); };
    const float snapshot = draw();
    const float own = draw();
    const float mean = draw();
    EXPECT_EQ(brought(-snapshot, -own, -mean), -brought(snapshot, own, mean));
    EXPECT_GE(brought(std::abs(snapshot), std::abs(own), std::abs(mean)), 0);
  }
}

}  // namespace
}  // namespace moshpit
