#include "experiment/averaging_run.hpp"

#include <array>
#include <cmath>
#include <gtest/gtest.h>

#include "experiment/averaging_summary.hpp"
#include "experiment/theory.hpp"

namespace moshpit {
namespace {

std::vector<Curve> curves_of(const AveragingPlan& plan) {
  std::vector<Curve> curves;
  for (const std::uint64_t seed : restart_seeds(plan)) {
    AveragingRun run(plan, seed);
    Curve curve{run.error()};
    while (curve.size() <= plan.rounds_max) {
      run.play_round();
      curve.push_back(run.error());
    }
    curves.push_back(curve);
  }
  return curves;
}

AveragingSummary summary_of(const AveragingPlan& plan) {
  return summarise(curves_of(plan), plan.target);
}

AveragingPlan small_plan(Algorithm algorithm) {
  AveragingPlan plan;
  plan.algorithm = algorithm;
  plan.peers = 60;
  plan.grid = Grid::parse("8x8").value();
  plan.group_size = 8;
  plan.failure_rate = .02;
  plan.rounds_max = 20;
  plan.restarts = 3;
  return plan;
}

constexpr std::array algorithms{Algorithm::all_reduce,    Algorithm::gossip,
                                Algorithm::exponential,   Algorithm::push_sum,
                                Algorithm::random_groups, Algorithm::moshpit};

TEST(AveragingRun, SameSeedSameFiguresOtherSeedOthers) {
  for (const Algorithm algorithm : algorithms) {
    for (const Placement placement : {Placement::fixed, Placement::keys}) {
      AveragingPlan plan = small_plan(algorithm);
      plan.placement = placement;
      const auto curves = curves_of(plan);
      EXPECT_EQ(curves, curves_of(plan));
      EXPECT_NE(curves[0], curves[1]);
      plan.seed = 2;
      EXPECT_NE(curves, curves_of(plan));
    }
  }
}

TEST(AveragingRun, AlgorithmsAreComparedOnTheSameValues) {
  for (const Algorithm algorithm : algorithms) {
    const AveragingPlan plan = small_plan(algorithm);
    EXPECT_EQ(AveragingRun(plan, 5).error(), AveragingRun(small_plan(algorithms[0]), 5).error());
  }
}

TEST(AveragingRun, AllReduceWaitsUntilAllAreThere) {
  AveragingPlan plan = small_plan(Algorithm::all_reduce);
  plan.restarts = 1000;
  plan.rounds_max = 5;
  const auto summary = summary_of(plan);
  const double expected = all_reduce_rounds(plan.peers, plan.failure_rate, plan.rounds_max);
  EXPECT_NEAR(summary.rounds_to_target_mean, expected, 3 * summary.rounds_to_target_standard_error);
}

TEST(AveragingRun, FullGridFollowsTheory) {
  AveragingPlan plan = small_plan(Algorithm::moshpit);
  plan.grid = Grid::parse("8x8x8").value();
  plan.peers = plan.grid.places();
  plan.failure_rate = 0;
  plan.restarts = 1000;
  plan.rounds_max = 3;
  for (const Placement placement : {Placement::fixed, Placement::keys}) {
    plan.placement = placement;
    const auto summary = summary_of(plan);
    for (std::uint32_t round = 0; round < 3; ++round) {
      const double expected = full_grid_error(plan.grid, round);
      EXPECT_NEAR(summary.mse_mean[round], expected, .05 * expected) << round;
    }
    EXPECT_LT(summary.mse_mean[3], 1e-28);
  }
}

// The paper's table, N = 512: 6.1 rounds of random groups, 8.2 and 8.8 of Moshpit on a fixed grid.
TEST(AveragingRun, NeedsTheRoundsOfThePaper) {
  AveragingPlan plan;
  plan.peers = 512;
  plan.restarts = 200;
  plan.rounds_max = 15;
  EXPECT_NEAR(summary_of(plan).rounds_to_target_mean, 8.2, .3);
  plan.failure_rate = .005;
  EXPECT_NEAR(summary_of(plan).rounds_to_target_mean, 8.8, .3);
  plan.failure_rate = 0;
  plan.algorithm = Algorithm::random_groups;
  EXPECT_NEAR(summary_of(plan).rounds_to_target_mean, 6.1, .3);
}

// On a grid with holes, digits drawn at random mix better than places for ever, and than digits in
// the order of the members.
TEST(AveragingRun, KeysMixBetterThanAFixedGridWithHoles) {
  AveragingPlan plan;
  plan.peers = 768;
  plan.restarts = 100;
  plan.rounds_max = 10;
  EXPECT_NEAR(summary_of(plan).rounds_to_target_mean, 6.0, .2);
  plan.placement = Placement::keys;
  EXPECT_NEAR(summary_of(plan).rounds_to_target_mean, 5.2, .2);
}

// Digits drawn at random and lonely peers that move: without either, peers stay stuck here.
TEST(AveragingRun, KeysLeaveNobodyStuckOnAGridWithHoles) {
  AveragingPlan plan;
  plan.placement = Placement::keys;
  plan.peers = 512;
  plan.grid = Grid::parse("10x10x10").value();
  plan.restarts = 20;
  for (const double failure_rate : {0.0, .01, .05}) {
    plan.failure_rate = failure_rate;
    EXPECT_EQ(summary_of(plan).restarts_above_target, 0u) << failure_rate;
  }
}

}  // namespace
}  // namespace moshpit
