#include "experiment/advice.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace moshpit {
namespace {

AdvicePlan plan_of(std::uint64_t peers) {
  return {.peers = peers, .vector_bytes = 1'000'000, .network = {{1e6}, .01}};
}

std::vector<std::string> names_of(const std::vector<Grid>& grids) {
  std::vector<std::string> names;
  for (const Grid& grid : grids) names.push_back(grid.text());
  return names;
}

TEST(Advice, GridsHaveAboutAsManyPlacesAsPeers) {
  const std::vector<std::string> few{"4",         "2x2", "2x2x2", "2x2x2x2",
                                     "2x2x2x2x2", "3x3", "3x3x3", "4x4"};
  EXPECT_EQ(names_of(grids_for(4, 4)), few);
  for (const Grid& grid : grids_for(1000, 32)) {
    EXPECT_GE(grid.places(), 250u);
    EXPECT_LE(grid.places(), 8000u);
    EXPECT_LE(grid.side(), 32u);
  }
  EXPECT_FALSE(grids_for(1'000'000, 2).empty());
}

TEST(Advice, CandidatesAreFewAndOfSeveralDimensions) {
  const auto chosen = candidates(plan_of(1024));
  EXPECT_EQ(chosen.size(), 12u);
  EXPECT_EQ(chosen[0].grid.text(), "32x32");
  EXPECT_EQ(chosen[0].rounds_in_theory, 2u);
  EXPECT_EQ(chosen[0].filled, 1.0);
  EXPECT_LE(std::ranges::count_if(chosen,
                                  [](const Candidate& one) { return one.grid.dimensions() == 2; }),
            3);
}

TEST(Advice, TakesTheRoundsThatNearlyEveryRestartNeeds) {
  std::vector<std::uint32_t> rounds(19, 3);
  rounds.push_back(9);
  const Candidate candidate{Grid(), 1, {.transfer_seconds = 2, .bytes_per_peer = 10}, {}};
  const Advised advised = settle(candidate, rounds);
  EXPECT_EQ(advised.rounds, 3u);
  EXPECT_NEAR(advised.rounds_mean, 3.3, 1e-12);
  EXPECT_EQ(advised.seconds_per_step(), 6.0);
  EXPECT_EQ(advised.bytes_per_step(), 30.0);
  EXPECT_EQ(settle(candidate, {4, advice_rounds_max + 1}).rounds, std::nullopt);
}

TEST(Advice, QuickestFirstAndMissedTargetsLast) {
  const Candidate slow{Grid(), 1, {.transfer_seconds = 2}, {}};
  const Candidate quick{Grid(), 1, {.transfer_seconds = 1}, {}};
  std::vector<Advised> advised{{slow, 1, std::nullopt}, {slow, 3, 3}, {quick, 3, 3}};
  rank(advised);
  EXPECT_EQ(advised[0].seconds_per_step(), 3.0);
  EXPECT_EQ(advised[1].seconds_per_step(), 6.0);
  EXPECT_EQ(advised[2].rounds, std::nullopt);
}

TEST(Advice, ACrowdedGridMustBeATenthQuicker) {
  const Candidate roomy{Grid(), 1, {.transfer_seconds = 1}, {}};
  const Candidate crowded{Grid(), 2, {.transfer_seconds = .95}, {}};
  const Candidate quick{Grid(), 2, {.transfer_seconds = .9}, {}};
  std::vector<Advised> advised{{crowded, 1, 1}, {roomy, 1, 1}, {quick, 1, 1}};
  rank(advised);
  EXPECT_NEAR(advised[0].seconds_per_step(), .9, 1e-12);
  EXPECT_NEAR(advised[1].seconds_per_step(), 1, 1e-12);
}

TEST(Advice, FewerRestartsForManyPeers) {
  EXPECT_EQ(advice_restarts(2), 50u);
  EXPECT_EQ(advice_restarts(100'000), 3u);
  EXPECT_EQ(advice_restarts(1'000'000), 1u);
}

TEST(Advice, SimulatesWhatTheProductDoes) {
  const AdvicePlan plan = plan_of(1000);
  for (const Candidate& candidate : candidates(plan)) {
    const AveragingPlan experiment = experiment_of(plan, candidate.grid);
    EXPECT_TRUE(check(experiment).ok());
    EXPECT_EQ(experiment.placement, Placement::keys);
  }
}

TEST(Advice, RefusesWhatMakesNoSense) {
  const auto refused = [](AdvicePlan plan) { return !check(plan).ok(); };
  EXPECT_FALSE(refused(plan_of(16)));
  EXPECT_TRUE(refused(plan_of(1)));
  AdvicePlan plan = plan_of(16);
  plan.failure_rate = 1;
  EXPECT_TRUE(refused(plan));
  plan = plan_of(16);
  plan.network.bandwidths = {0.0};
  EXPECT_TRUE(refused(plan));
  plan = plan_of(16);
  plan.target = 1;
  EXPECT_TRUE(refused(plan));
  plan = plan_of(16);
  plan.group_max = 1;
  EXPECT_TRUE(refused(plan));
}

}  // namespace
}  // namespace moshpit
