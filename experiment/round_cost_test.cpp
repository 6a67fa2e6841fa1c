#include "experiment/round_cost.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

RoundCost cost_of(const char* grid, std::uint64_t peers, const NetworkCost& network) {
  Random random(1);
  return round_cost(Grid::parse(grid).value(), peers, 1000, 0, network, 20, random);
}

TEST(RoundCost, FullGridOfEqualPeers) {
  const RoundCost cost = cost_of("4x4", 16, {{100.0}, .01});
  EXPECT_NEAR(cost.transfer_seconds, 10 * 2 * 3 / 4.0, 1e-9);
  EXPECT_NEAR(cost.equal_slices_seconds, cost.transfer_seconds, 1e-9);
  EXPECT_NEAR(cost.latency_seconds, .09, 1e-9);
  EXPECT_NEAR(cost.seconds(), 15.09, 1e-9);
  EXPECT_NEAR(cost.bytes_per_peer, 1500, 1e-9);
  EXPECT_EQ(cost.groups, 4);
  EXPECT_EQ(cost.peers_without_slice, 0);
}

TEST(RoundCost, OneSlowPeerOwnsNothingAndSetsThePace) {
  const RoundCost cost = cost_of("4", 4, {{100.0, 100.0, 100.0, 10.0}, 0});
  EXPECT_NEAR(cost.transfer_seconds, 100, 1e-9);
  EXPECT_NEAR(cost.equal_slices_seconds, 150, 1e-9);
  EXPECT_NEAR(cost.peers_without_slice, .25, 1e-9);
}

TEST(RoundCost, HolesMakeGroupsSmallerAndTooManyPeersMakeMoreOfThem) {
  const RoundCost sparse = cost_of("8x8", 20, {{100.0}, 0});
  EXPECT_LT(sparse.bytes_per_peer, 2 * 1000 * 7 / 8.0);
  EXPECT_LE(sparse.groups, 8);
  const RoundCost crowded = cost_of("4x4", 32, {{100.0}, 0});
  EXPECT_EQ(crowded.groups, 8);
  EXPECT_NEAR(crowded.bytes_per_peer, 1500, 1e-9);
}

TEST(RoundCost, IncompleteGroupsWait) {
  const NetworkCost network{{100.0}, .01};
  EXPECT_EQ(cost_of("4x4", 16, network).waiting_seconds, 0);
  EXPECT_NEAR(cost_of("4x4", 15, network).waiting_seconds, .07, 1e-12);
  EXPECT_NEAR(cost_of("4x4", 17, network).waiting_seconds, .25, 1e-12);
  Random random(1);
  const Grid grid = Grid::parse("4x4").value();
  EXPECT_NEAR(round_cost(grid, 16, 1000, .01, network, 1, random).waiting_seconds, .07, 1e-12);
}

}  // namespace
}  // namespace moshpit
