#include "model/sgd.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

// Two steps with rate 1/2, momentum 1/2 and slopes 1 and 2: every number below is exact in binary.
std::vector<float> after_two_steps(SgdOptions options) {
  std::vector<float> parameters{8};
  Sgd sgd(1, options);
  sgd.step(parameters, std::vector<float>{1}, 0.5f);
  sgd.step(parameters, std::vector<float>{2}, 0.5f);
  return {parameters[0], sgd.velocity()[0]};
}

TEST(Sgd, PlainMomentum) {
  // v = 1, p = 7.5; v = 2.5, p = 6.25.
  EXPECT_EQ(after_two_steps({.momentum = 0.5f}), (std::vector<float>{6.25f, 2.5f}));
}

TEST(Sgd, NesterovLooksAhead) {
  // v = 1, p = 8 - (1 + 0.5) / 2 = 7.25; v = 2.5, p = 7.25 - (2 + 1.25) / 2 = 5.625.
  EXPECT_EQ(after_two_steps({.momentum = 0.5f, .nesterov = true}),
            (std::vector<float>{5.625f, 2.5f}));
}

TEST(Sgd, WeightDecayPullsTowardsZero) {
  // Slopes 1 + 8/4 = 3 and 2 + 6.5/4 = 3.625: p = 6.5, then 4.6875.
  EXPECT_EQ(after_two_steps({.momentum = 0, .weight_decay = 0.25f}),
            (std::vector<float>{4.6875f, 3.625f}));
}

}  // namespace
}  // namespace moshpit
