#include "model/schedule.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(Schedule, ConstantAfterWarmingUp) {
  const Schedule schedule{.peak = 2, .warm_up = 10};
  EXPECT_EQ(learning_rate(schedule, 0), 0);
  EXPECT_EQ(learning_rate(schedule, 5), 1);
  EXPECT_EQ(learning_rate(schedule, 10), 2);
  EXPECT_EQ(learning_rate(schedule, 1e9), 2);
  EXPECT_EQ(learning_rate({.peak = 2}, 0), 2);
}

TEST(Schedule, LinearDecay) {
  const Schedule schedule{
      .peak = 2, .warm_up = 10, .total = 110, .least = 1, .decay = Decay::linear};
  EXPECT_EQ(learning_rate(schedule, 5), 1);
  EXPECT_EQ(learning_rate(schedule, 10), 2);
  EXPECT_EQ(learning_rate(schedule, 60), 1.5);
  EXPECT_EQ(learning_rate(schedule, 110), 1);
  EXPECT_EQ(learning_rate(schedule, 500), 1);
}

TEST(Schedule, HeldAtThePeakForAWhile) {
  const Schedule schedule{
      .peak = 2, .warm_up = 10, .hold = 50, .total = 100, .decay = Decay::linear};
  EXPECT_EQ(learning_rate(schedule, 5), 1);
  EXPECT_EQ(learning_rate(schedule, 50), 2);
  EXPECT_EQ(learning_rate(schedule, 75), 1);
  EXPECT_EQ(learning_rate(schedule, 100), 0);
}

TEST(Schedule, CosineDecay) {
  const Schedule schedule{.peak = 1, .total = 100, .decay = Decay::cosine};
  EXPECT_EQ(learning_rate(schedule, 0), 1);
  EXPECT_NEAR(learning_rate(schedule, 25), 0.853553, 1e-6);
  EXPECT_NEAR(learning_rate(schedule, 50), 0.5, 1e-12);
  EXPECT_NEAR(learning_rate(schedule, 75), 0.146447, 1e-6);
  EXPECT_EQ(learning_rate(schedule, 100), 0);
}

// Nothing is divided by an empty span of time.
TEST(Schedule, WarmUpMayLastUntilTheEnd) {
  const Schedule schedule{.peak = 1, .warm_up = 100, .total = 100, .decay = Decay::linear};
  EXPECT_EQ(learning_rate(schedule, 99), 0.99);
  EXPECT_EQ(learning_rate(schedule, 100), 0);
}

}  // namespace
}  // namespace moshpit
