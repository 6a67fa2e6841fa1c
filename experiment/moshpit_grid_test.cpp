#include "experiment/moshpit_grid.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <set>

#include "experiment/test_world.hpp"

namespace moshpit {
namespace {

Grid grid_of(const char* text) { return Grid::parse(text).value(); }

std::vector<std::uint64_t> first_places(std::size_t count) {
  std::vector<std::uint64_t> places(count);
  std::iota(places.begin(), places.end(), std::uint64_t{0});
  return places;
}

TEST(DistinctPlaces, AreDifferentOnTheGridAndInNoOrder) {
  Random random(1);
  // Few and many of the places, and more places than fit into memory.
  for (const auto& [grid, peers] :
       {std::pair{"10x10", 40}, {"10x10", 100}, {"256x256x256x256", 9}}) {
    const auto places = distinct_places(grid_of(grid), static_cast<std::size_t>(peers), random);
    const std::set<std::uint64_t> different(places.begin(), places.end());
    EXPECT_EQ(different.size(), static_cast<std::size_t>(peers));
    EXPECT_LT(*different.rbegin(), grid_of(grid).places());
    EXPECT_FALSE(std::ranges::is_sorted(places));
  }
}

TEST(DistinctPlaces, AreAllEquallyLikely) {
  Random random(1);
  for (const int peers : {2, 6}) {
    std::vector<int> counts(9);
    for (int draw = 0; draw < 9000; ++draw) {
      for (const auto place :
           distinct_places(grid_of("3x3"), static_cast<std::size_t>(peers), random)) {
        ++counts[place];
      }
    }
    for (const int count : counts) EXPECT_NEAR(count, 1000 * peers, 225);
  }
}

TEST(FixedGrid, RowsAverageThenColumns) {
  World world(4, 0);
  FixedGrid method(grid_of("2x2"), {0, 1, 2, 3});
  world.values = {0, 2, 4, 12};
  world.play(method);
  EXPECT_EQ(world.values, (Values{1, 1, 8, 8}));
  world.play(method);
  EXPECT_EQ(world.values, (Values{4.5, 4.5, 4.5, 4.5}));
}

TEST(FullGrid, IsExactAfterAsManyRoundsAsDimensions) {
  for (const char* text : {"8", "5x5", "4x4x4", "2x2x2x2x2x2x2"}) {
    const Grid grid = grid_of(text);
    World fixed(grid.places(), 0);
    World moving(grid.places(), 0);
    FixedGrid places(grid, first_places(grid.places()));
    MovingKeys keys(grid, first_places(grid.places()));
    for (std::uint32_t round = 0; round < grid.dimensions(); ++round) {
      EXPECT_GT(fixed.error(), 1e-6) << text;
      EXPECT_GT(moving.error(), 1e-6) << text;
      fixed.play(places);
      moving.play(keys);
    }
    EXPECT_LT(fixed.error(), exact) << text;
    EXPECT_LT(moving.error(), exact) << text;
  }
}

TEST(FixedGrid, AnAbsentPeerKeepsItsValueAndItsLineGoesOnOrNot) {
  for (const FailureModel model : {FailureModel::exclude, FailureModel::group_fail}) {
    World world(10, .5, model);
    FixedGrid method(grid_of("10"), first_places(10));
    const Values before = world.values;
    world.play(method);
    int changed = 0;
    int there = 0;
    for (PeerIndex peer = 0; peer < 10; ++peer) {
      changed += world.values[peer] != before[peer] ? 1 : 0;
      there += world.attendance.present(peer) ? 1 : 0;
      if (world.attendance.present(peer)) continue;
      EXPECT_EQ(world.values[peer], before[peer]);
    }
    EXPECT_GT(there, 1);
    EXPECT_LT(there, 10);
    EXPECT_EQ(changed, model == FailureModel::exclude ? there : 0);
  }
}

// In a line of the grid with more peers than places nobody is left out, and nobody meets more than
// M-1 others.
TEST(MovingKeys, AFullKeyFormsSeveralGroups) {
  World world(7, 0);
  world.values = {0, 1, 10, 100, 1e3, 1e4, 1e5};
  MovingKeys method(grid_of("3x3"), {0, 3, 6, 0, 3, 6, 0});
  world.play(method);
  std::multiset<double> values(world.values.begin(), world.values.end());
  std::multiset<std::size_t> sizes;
  for (const double value : std::set<double>(values.begin(), values.end())) {
    sizes.insert(values.count(value));
  }
  EXPECT_EQ(sizes, (std::multiset<std::size_t>{1, 3, 3}));
}

TEST(MovingKeys, KeepTheSumAndComeToTheMeanUnderBothFailureModels) {
  for (const FailureModel model : {FailureModel::exclude, FailureModel::group_fail}) {
    World world(60, .05, model);
    MovingKeys method(grid_of("5x5x5"), first_places(60));
    for (int round = 0; round < 300; ++round) world.play(method);
    EXPECT_LT(world.error(), exact);
  }
}

TEST(MovingKeys, OnlyThoseThatAreThereMoveOnAlsoWhereTheRoundFails) {
  for (const FailureModel model : {FailureModel::exclude, FailureModel::group_fail}) {
    World world(100, .3, model);
    MovingKeys method(grid_of("10x10"), first_places(100));
    const auto before = method.keys();
    world.play(method);
    int stayed = 0;
    for (PeerIndex peer = 0; peer < 100; ++peer) {
      const bool is_same = method.keys()[peer].digits() == before[peer].digits();
      EXPECT_TRUE(is_same || world.attendance.present(peer));
      stayed += is_same ? 1 : 0;
    }
    EXPECT_LT(stayed, 70);  // about 30 absent ones, and 7 that drew their old digit
  }
}

TEST(SpreadPlaces, AreTakenEquallyOftenWhereThereAreTooFew) {
  Random random(1);
  std::vector<int> taken(9);
  for (const std::uint64_t place : spread_places(grid_of("3x3"), 22, random)) ++taken[place];
  EXPECT_EQ(std::ranges::count(taken, 2), 5);
  EXPECT_EQ(std::ranges::count(taken, 3), 4);
}

// More peers under a key than a group may have form several.
TEST(MovingKeys, SeveralGroupsShareAKeyOnACrowdedGrid) {
  World world(22, 0);
  Random random(1);
  MovingKeys method(grid_of("3x3"), spread_places(grid_of("3x3"), 22, random));
  for (int round = 0; round < 100; ++round) world.play(method);
  EXPECT_LT(world.error(), exact);
}

// Two peers with different keys meet only because a peer that stays alone moves.
TEST(MovingKeys, LonelyPeersMeetInTheEnd) {
  World world(2, 0);
  MovingKeys method(grid_of("4x4"), {0, 1});
  for (int round = 0; round < 2; ++round) world.play(method);
  EXPECT_GT(world.error(), 1e-6);
  for (int round = 0; round < 300; ++round) world.play(method);
  EXPECT_LT(world.error(), exact);
}

}  // namespace
}  // namespace moshpit
