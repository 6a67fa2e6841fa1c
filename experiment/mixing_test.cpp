#include "experiment/mixing.hpp"

#include <gtest/gtest.h>

#include "experiment/theory.hpp"

namespace moshpit {
namespace {

double mean_contraction(const MixingPlan& plan) {
  MixingTrials trials(plan);
  double sum = 0;
  for (std::uint32_t trial = 0; trial < plan.trials; ++trial) sum += trials.contraction();
  return sum / plan.trials;
}

// Also where groups are of unequal sizes.
TEST(Mixing, ContractsByTheExactFactor) {
  for (const std::uint64_t groups : {8, 32, 37, 500}) {
    const double expected = mixing_factor(1000, groups);
    EXPECT_NEAR(mean_contraction({.peers = 1000, .groups = groups}), expected, .05 * expected);
  }
}

TEST(Mixing, OneGroupIsExactAndLonePeersStayAsTheyAre) {
  EXPECT_LT(mean_contraction({.peers = 100, .groups = 1}), 1e-28);
  EXPECT_NEAR(mean_contraction({.peers = 100, .groups = 100}), 1, 1e-12);
}

TEST(Mixing, RefusesWhatIsNoPartition) {
  EXPECT_TRUE(check(MixingPlan{}));
  EXPECT_FALSE(check(MixingPlan{.peers = 1, .groups = 1}));
  EXPECT_FALSE(check(MixingPlan{.peers = 1'000'000'000'000}));
  EXPECT_FALSE(check(MixingPlan{.groups = 0}));
  EXPECT_FALSE(check(MixingPlan{.peers = 10, .groups = 11}));
  EXPECT_FALSE(check(MixingPlan{.trials = 0}));
}

}  // namespace
}  // namespace moshpit
