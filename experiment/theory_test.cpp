#include "experiment/theory.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(Theory, MixingFactorAtItsEnds) {
  EXPECT_EQ(mixing_factor(10, 1), 0.0);   // one group is exact
  EXPECT_EQ(mixing_factor(10, 10), 1.0);  // lone peers stay as they are
  EXPECT_EQ(mixing_factor(1024, 32), 31.0 / 1023);
}

TEST(Theory, FullGridIsExactAfterItsDimensions) {
  const Grid grid = Grid::parse("10x10x10").value();
  EXPECT_NEAR(full_grid_error(grid, 0), .999, 1e-12);
  EXPECT_NEAR(full_grid_error(grid, 2), .009, 1e-12);
  EXPECT_EQ(full_grid_error(grid, 3), 0.0);
  EXPECT_EQ(full_grid_error(grid, 50), 0.0);
}

TEST(Theory, AllReduceWaitsForAGeometricTime) {
  EXPECT_EQ(all_reduce_rounds(512, 0, 50), 1.0);
  EXPECT_EQ(all_reduce_rounds(512, 1, 50), 50.0);
  EXPECT_EQ(all_reduce_rounds(100'000'000, .5, 50), 50.0);
  const double all_there = std::pow(.995, 1024);
  const double closed_form = (1 - std::pow(1 - all_there, 50)) / all_there;
  EXPECT_NEAR(all_reduce_rounds(1024, .005, 50), closed_form, 1e-9);
}

TEST(Theory, RoundsOfAFullGridEndWithItsDimensions) {
  const Grid grid = Grid::parse("10x10x10").value();
  EXPECT_EQ(full_grid_rounds(grid, .1), 1u);
  EXPECT_EQ(full_grid_rounds(grid, .01), 2u);
  EXPECT_EQ(full_grid_rounds(grid, 1e-9), 3u);
}

TEST(Theory, RoundsOfMixingFollowFromItsFactor) {
  EXPECT_EQ(mixing_rounds(1024, 32, 0, 1e-3), 2u);  // .0303^2
  EXPECT_EQ(mixing_rounds(1024, 32, 0, 1e-4), 3u);
  EXPECT_EQ(mixing_rounds(1000, 1, 0, 1e-9), 1u);   // one group is exact
  EXPECT_EQ(mixing_rounds(1001, 1, .1, 1e-3), 4u);  // .1001: only the absent ones are left
  EXPECT_EQ(mixing_rounds(16, 16, 0, 1e-3), std::nullopt);
  EXPECT_EQ(mixing_rounds(16, 4, 1, 1e-3), std::nullopt);
}

TEST(Theory, AllReduceTriesUntilNobodyIsLost) {
  EXPECT_EQ(all_reduce_tries(1000, 0), 1.0);
  EXPECT_NEAR(all_reduce_tries(512, .01), std::pow(.99, -512), 1e-9);
}

}  // namespace
}  // namespace moshpit
