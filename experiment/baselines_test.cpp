#include "experiment/baselines.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "experiment/test_world.hpp"

namespace moshpit {
namespace {

TEST(AllReduce, IsExactWhenAllAreThereAndDoesNothingElse) {
  World world(64, .02);  // all are there in about a quarter of the rounds
  AllReduce method;
  const Values before = world.values;
  int rounds = 0;
  for (world.play(method); !world.attendance.everybody(); world.play(method), ++rounds) {
    EXPECT_EQ(world.values, before);
  }
  EXPECT_GT(rounds, 0);
  EXPECT_LT(world.error(), exact);
}

TEST(RingGossip, AveragesWithTwoNeighbours) {
  World world(4, 0);
  world.values = {0, 3, 6, 30};
  RingGossip method;
  world.play(method);
  EXPECT_EQ(world.values, (Values{11, 3, 13, 12}));
}

TEST(RingGossip, ARingOfTwoHasOneNeighbour) {
  World world(2, 0);
  world.values = {0, 4};
  RingGossip method;
  world.play(method);
  EXPECT_EQ(world.values, (Values{2, 2}));
}

TEST(RingGossip, AbsentPeersAreLeftOutOrVoidTheRound) {
  for (const FailureModel model : {FailureModel::exclude, FailureModel::group_fail}) {
    World world(300, .3, model);
    RingGossip method;
    const Values before = world.values;
    world.play(method);
    for (PeerIndex peer = 1; peer + 1 < 300; ++peer) {
      const auto there = [&](PeerIndex other) { return world.attendance.present(other) ? 1 : 0; };
      const int around = there(peer - 1) + there(peer) + there(peer + 1);
      const double sum = there(peer - 1) * before[peer - 1] + there(peer) * before[peer] +
                         there(peer + 1) * before[peer + 1];
      const bool averages = there(peer) && (model == FailureModel::exclude || around == 3);
      EXPECT_NEAR(world.values[peer], averages ? sum / around : before[peer], 1e-15);
    }
  }
}

TEST(ExponentialGraph, HearsOneOtherPeerAtAPowerOfTwo) {
  World world(10, 0);
  world.values = {0, 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
  const Values before = world.values;
  ExponentialGraph method;
  world.play(method);
  for (PeerIndex peer = 0; peer < 10; ++peer) {
    bool heard = false;
    for (const PeerIndex hop : {1, 2, 4, 8}) {
      heard |= world.values[peer] == (before[peer] + before[(peer + hop) % 10]) / 2;
    }
    EXPECT_TRUE(heard) << peer;
  }
}

// Rows sum to 1 and columns do not.
TEST(ExponentialGraph, AgreesOnSomethingElseThanTheMean) {
  World world(64, 0);
  ExponentialGraph method;
  for (int round = 0; round < 200; ++round) world.play(method);
  EXPECT_LT(mean_squared_error(world.values, mean_of(world.values)), exact);
  EXPECT_GT(world.drift(), 1e-4);
}

TEST(PushSum, IsExactAfterLog2RoundsAndNotBefore) {
  for (const std::uint32_t rounds : {1u, 3u, 9u, 10u}) {
    World world(std::size_t{1} << rounds, 0);
    PushSum method(world.values);
    for (std::uint32_t round = 0; round < rounds; ++round) {
      EXPECT_GT(world.error(), 1e-6);
      world.play(method);
    }
    EXPECT_LT(world.error(), exact);
  }
}

// Half goes to i+1, i+2, i+4 and then to i+1 again.
TEST(PushSum, TakesItsHopsInTurn) {
  World world(5, 0);
  world.values = {16, 0, 0, 0, 0};
  PushSum method(world.values);
  for (const Values& expected :
       {Values{8, 8, 0, 0, 0}, {4, 4, 4, 4, 0}, {4, 4, 4, 2, 2}, {3, 4, 4, 3, 2}}) {
    world.play(method);
    EXPECT_EQ(world.values, expected);
  }
}

// Column-stochastic: absences slow it down, but what it comes to is the mean.
TEST(PushSum, LosesNoMassToAbsences) {
  World world(100, .2);
  PushSum method(world.values);
  for (int round = 0; round < 500; ++round) world.play(method);
  EXPECT_LT(world.error(), exact);
}

TEST(PushSum, AnAbsentPeerKeepsItsValue) {
  World world(100, .2);
  PushSum method(world.values);
  for (int round = 0; round < 10; ++round) {
    const Values before = world.values;
    world.play(method);
    for (PeerIndex peer = 0; peer < 100; ++peer) {
      if (world.attendance.present(peer)) continue;
      EXPECT_EQ(world.values[peer], before[peer]);
    }
  }
}

TEST(RandomGroups, AreOfTheirSizeAndOthersInTheNextRound) {
  World world(10, 0);
  RandomGroups method(10, 4);
  Values first;
  for (int round = 0; round < 2; ++round) {
    world.values = {0, 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
    world.play(method);
    Values sorted = world.values;
    std::ranges::sort(sorted);
    std::vector<std::ptrdiff_t> sizes;
    for (auto at = sorted.begin(); at != sorted.end(); at += sizes.back()) {
      sizes.push_back(std::upper_bound(at, sorted.end(), *at) - at);
    }
    std::ranges::sort(sizes);
    EXPECT_EQ(sizes, (std::vector<std::ptrdiff_t>{2, 4, 4}));
    EXPECT_NE(world.values, first);
    first = world.values;
  }
}

TEST(RandomGroups, KeepTheSumUnderBothFailureModels) {
  for (const FailureModel model : {FailureModel::exclude, FailureModel::group_fail}) {
    World world(1000, .1, model);
    RandomGroups method(1000, 8);
    const double before = world.error();
    for (int round = 0; round < 5; ++round) world.play(method);
    EXPECT_LT(world.error(), .3 * before);
    EXPECT_LT(world.drift(), 1e-13);
  }
}

// With 10 % absent, (1-.1)^8 = 43 % of the groups of 8 average in a round.
TEST(RandomGroups, GroupFailVoidsTheRoundOfTheGroup) {
  World world(8000, .1, FailureModel::group_fail);
  RandomGroups method(8000, 8);
  const Values before = world.values;
  world.play(method);
  int changed = 0;
  for (PeerIndex peer = 0; peer < 8000; ++peer) changed += world.values[peer] != before[peer];
  EXPECT_NEAR(changed / 8, 430, 80);  // five standard deviations
}

}  // namespace
}  // namespace moshpit
