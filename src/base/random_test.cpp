#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <vector>

namespace moshpit {
namespace {

// From the authors' C code: splitmix64.c fills the state, xoshiro256starstar.c draws.
TEST(Random, DrawsTheReferenceSequence) {
  Random random(0);
  EXPECT_EQ(random.next(), 0x99ec5f36cb75f2b4u);
  EXPECT_EQ(random.next(), 0xbf6e1f784956452au);
  EXPECT_EQ(random.next(), 0x1a5f849d4933e6e0u);
  EXPECT_EQ(random.next(), 0x6aa594f1262d2d2cu);
}

TEST(Random, SameSeedSameDrawsOtherSeedOtherDraws) {
  Random one(7);
  Random same(7);
  Random other(8);
  for (int i = 0; i < 100; ++i) {
    const auto draw = one.next();
    EXPECT_EQ(draw, same.next());
    EXPECT_NE(draw, other.next());
  }
}

TEST(Random, BelowReachesEveryValueAboutEquallyOften) {
  Random random(1);
  std::map<std::uint64_t, int> counts;
  for (int i = 0; i < 60000; ++i) ++counts[random.below(6)];
  ASSERT_EQ(counts.size(), 6u);
  for (const auto& [value, count] : counts) {
    EXPECT_LT(value, 6u);
    EXPECT_NEAR(count, 10000, 500);  // five standard deviations
  }
}

// Without rejection, draws below 3/4 of 2^64 would fall into the lowest third twice as often.
TEST(Random, BelowIsUnbiasedForHugeBounds) {
  Random random(2);
  const std::uint64_t bound = (std::uint64_t{1} << 63) + (std::uint64_t{1} << 62);
  int low = 0;
  for (int i = 0; i < 30000; ++i) low += random.below(bound) < bound / 3 ? 1 : 0;
  EXPECT_NEAR(low, 10000, 410);
}

TEST(Random, BelowOneIsZero) {
  Random random(3);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, UnitStaysInItsRange) {
  Random random(4);
  double sum = 0;
  for (int i = 0; i < 100000; ++i) {
    const double draw = random.unit();
    ASSERT_GE(draw, 0.0);
    ASSERT_LT(draw, 1.0);
    sum += draw;
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.005);
}

TEST(Random, ChanceZeroNeverAndOneAlways) {
  Random random(5);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(random.chance(0.0));
    EXPECT_TRUE(random.chance(1.0));
  }
}

TEST(Random, NormalHasMeanZeroAndVarianceOne) {
  Random random(6);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < 100000; ++i) {
    const double draw = random.normal();
    sum += draw;
    squares += draw * draw;
  }
  EXPECT_NEAR(sum / 100000, 0.0, 0.016);
  EXPECT_NEAR(squares / 100000, 1.0, 0.025);
}

TEST(Random, ShuffleReachesEveryOrderAboutEquallyOften) {
  Random random(7);
  std::map<std::vector<int>, int> counts;
  for (int i = 0; i < 24000; ++i) {
    std::vector<int> items{0, 1, 2, 3};
    random.shuffle(std::span<int>(items));
    ++counts[items];
  }
  ASSERT_EQ(counts.size(), 24u);
  for (const auto& [order, count] : counts) EXPECT_NEAR(count, 1000, 155);
}

TEST(Random, FillIsTheSameForAPrefix) {
  std::array<std::byte, 13> all{};
  std::array<std::byte, 13> prefix{};
  Random(8).fill(all);
  Random(8).fill(std::span(prefix).first(11));
  EXPECT_TRUE(std::equal(prefix.begin(), prefix.begin() + 11, all.begin()));
  EXPECT_EQ(prefix[11], std::byte{0});
  EXPECT_EQ(prefix[12], std::byte{0});
}

TEST(Random, ForkDoesNotShiftTheParent) {
  Random parent(9);
  Random child = parent.fork();
  Random same_parent(9);
  Random same_child = same_parent.fork();
  for (int i = 0; i < 10; ++i) child.next();
  EXPECT_EQ(parent.next(), same_parent.next());
  EXPECT_NE(child.next(), same_child.next());
}

TEST(RandomDeathTest, BelowZeroIsABug) {
  Random random(10);
  EXPECT_DEATH(random.below(0), "bound > 0");
}

}  // namespace
}  // namespace moshpit
