#include "reduce/shares.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "reduce/partition.hpp"

namespace moshpit {
namespace {

double cost(const std::vector<double>& bandwidths, const std::vector<double>& shares) {
  double most = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (bandwidths[i] == 0) continue;  // accepts no connections: its line is not known here
    const double vectors = 1 + (static_cast<double>(shares.size()) - 2) * shares[i];
    most = std::max(most, vectors / bandwidths[i]);
  }
  return most;
}

// `wanted` is in whole elements.
void expect_split(double size, const std::vector<double>& bandwidths,
                  const std::vector<double>& wanted) {
  const auto shares = balanced_shares(bandwidths);
  ASSERT_EQ(shares.size(), wanted.size());
  for (std::size_t i = 0; i < shares.size(); ++i) EXPECT_NEAR(shares[i] * size, wanted[i], 0.9);
}

double cost_of(double size, const std::vector<double>& bandwidths) {
  return size * cost(bandwidths, balanced_shares(bandwidths));
}

// The paper's cases; where one line holds everybody up whatever it owns, many splits cost the same.
TEST(Shares, AreTheOptimumOfTheLinearProgramme) {
  expect_split(60, {.25, .25, .25, .25}, {15, 15, 15, 15});
  expect_split(60, {.44, .33, .22}, {42, 18, 0});
  expect_split(60, {.55, .44, .40}, {35, 16, 9});
  expect_split(1 << 20, {0, .5, 0, .6}, {0, 428963, 0, 619613});
  EXPECT_NEAR(cost_of(60, {.25, .25, .25, .25}), 360, 0.1);
  EXPECT_NEAR(cost_of(60, {.44, .33, .22}), 272.7, 0.1);
  EXPECT_NEAR(cost_of(60, {.55, .44, .40}), 172.7, 0.1);
  EXPECT_NEAR(cost_of(1024, {.3, .5, .9}), 3413.3, 0.1);
  EXPECT_NEAR(cost_of(1 << 20, {.3, .5, .9, .6}), 0x1p20 / .3, 1);
}

// Nothing moved from one member to another makes the slowest one faster.
TEST(Shares, CannotBeImprovedByAnyMove) {
  Random random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<double> bandwidths(3 + random.below(14));
    for (double& line : bandwidths) line = std::ldexp(1 + random.unit(), 8 * random.chance(0.5));
    auto shares = balanced_shares(bandwidths);
    double sum = 0;
    for (const double share : shares) sum += share;
    ASSERT_NEAR(sum, 1, 1e-12);
    const double best = cost(bandwidths, shares);
    const std::size_t from = random.below(shares.size());
    const std::size_t to = random.below(shares.size());
    const double moved = shares[from] * random.unit();
    shares[from] -= moved;
    shares[to] += moved;
    ASSERT_GE(cost(bandwidths, shares), best * (1 - 1e-12));
  }
}

Group group_of(const std::vector<std::uint64_t>& bandwidths) {
  Group group;
  group.bandwidths = bandwidths;
  group.members.resize(bandwidths.size());
  for (Contact& member : group.members) member.addresses.push_back(Address{"10.0.0.1", 1});
  return group;
}

TEST(Shares, LinesThatAreAboutAsGoodCountAsEqual) {
  EXPECT_EQ(shares_of(group_of({100'000, 90'000, 75'000, 80'000})), std::vector<double>(4, 0.25));
  EXPECT_EQ(shares_of(group_of({0, 0, 0, 0})), std::vector<double>(4, 0.25));
  EXPECT_EQ(shares_of(group_of({0, 100'000, 0, 0})), std::vector<double>(4, 0.25))
      << "not known yet";
  EXPECT_EQ(shares_of(group_of({100'000, 10'000'000})), std::vector<double>(2, 0.5))
      << "both move the same";
  EXPECT_EQ(shares_of(group_of({1'000'000, 1'000'000, 1'000'000, 100'000}))[3], 0);
}

TEST(Shares, NobodyGetsAllOfItForAClaim) {
  std::vector<std::uint64_t> claims(16, 10'000'000);
  claims[3] = ~std::uint64_t{0};
  const auto shares = shares_of(group_of(claims));
  EXPECT_GT(shares[3], shares[0]);
  EXPECT_LT(shares[3], 0.7);
  for (std::size_t member = 0; member < shares.size(); ++member) EXPECT_GT(shares[member], 0);
  claims[3] = 80'000'000;
  EXPECT_EQ(shares, shares_of(group_of(claims))) << "eight times the median, whatever it claims";
}

TEST(Shares, WhoAcceptsNoConnectionsOwnsNothing) {
  Group group = group_of({100'000, 100'000, 100'000});
  group.members[1].addresses.clear();
  EXPECT_EQ(shares_of(group), (std::vector<double>{0.5, 0, 0.5}));
  group.members[0].addresses.clear();
  EXPECT_EQ(shares_of(group), (std::vector<double>{0, 0, 1}));
  group.members[2].addresses.clear();
  EXPECT_EQ(shares_of(group), (std::vector<double>{1, 0, 0})) << "somebody must";
}

TEST(Shares, TheSlowestLineSaysHowLongItTakes) {
  const Group group = group_of({1'000'000, 1'000'000, 1'000'000, 100'000});
  EXPECT_DOUBLE_EQ(seconds_a_byte(group, shares_of(group)), 1e-5);
  EXPECT_EQ(seconds_a_byte(group_of({0, 0, 0}), std::vector<double>(3, 1.0 / 3)), 0);
}

// They come off the wire.
TEST(Shares, WhateverIsClaimedTheyAreSharesOfOne) {
  Random random(9);
  const auto some_claim = [&random]() -> std::uint64_t {
    switch (random.below(4)) {
      case 0:
        return random.below(2);
      case 1:
        return ~random.below(2);
      default:
        return random.next() >> random.below(64);
    }
  };
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::uint64_t> claims(2 + random.below(255));
    for (std::uint64_t& claim : claims) claim = some_claim();
    Group group = group_of(claims);
    if (random.chance(0.5)) group.members[random.below(claims.size())].addresses.clear();
    const auto shares = shares_of(group);
    const std::size_t chunks = random.below(70'000);
    const Partition partition(chunks, shares);  // asserts that nothing is left over
    const double seconds = seconds_a_byte(group, shares);
    ASSERT_GE(seconds, 0);
    ASSERT_LE(seconds, 255 / 64e3);
  }
}

}  // namespace
}  // namespace moshpit
