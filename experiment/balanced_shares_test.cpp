#include "experiment/balanced_shares.hpp"

#include <gtest/gtest.h>
#include <numeric>

#include "base/random.hpp"

namespace moshpit {
namespace {

using Shares = std::vector<double>;

struct Case {
  double size;
  std::vector<double> bandwidths;
  Shares slices;  // one optimal split
  double time;
  bool only_split;  // where the slowest member sets the time, others are as good
};

// paper.md, "Load balancing".
const std::vector<Case> cases{{60, {.25, .25, .25, .25}, {15, 15, 15, 15}, 360, true},
                              {60, {.44, .33, .22}, {42, 18, 0}, 272.7, false},
                              {60, {.55, .44, .40}, {35, 16, 9}, 172.7, true},
                              {1024, {.3, .5, .9}, {0, 255, 769}, 3413.3, false},
                              {1 << 20, {.3, .5, .9, .6}, {0, 169327, 602629, 276620}, 0, false},
                              {1 << 20, {0, .5, 0, .6}, {0, 428963, 0, 619613}, 0, true}};

TEST(BalancedShares, TakeTheTimesOfThePaper) {
  for (const Case& listed : cases) {
    const double time = listed.size * balanced_time(listed.bandwidths);
    if (listed.time > 0) {
      EXPECT_NEAR(time, listed.time, .05);
    }
    Shares slices = listed.slices;
    for (double& slice : slices) slice /= listed.size;
    // Whole numbers of elements are a little off the optimum.
    EXPECT_NEAR(listed.size * time_of_shares(slices, listed.bandwidths), time, time / 200);
  }
}

TEST(BalancedShares, AreThoseOfThePaperWhereThereIsOneAnswer) {
  for (const Case& listed : cases) {
    const Shares shares = balanced_shares(listed.bandwidths);
    EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-12);
    for (std::size_t i = 0; i < shares.size() && listed.only_split; ++i) {
      EXPECT_NEAR(listed.size * shares[i], listed.slices[i], 1);
    }
  }
}

TEST(BalancedShares, ReachTheTimeAndNoDrawnSharesAreBetter) {
  Random random(1);
  for (int trial = 0; trial < 500; ++trial) {
    std::vector<double> bandwidths(2 + random.below(7));
    Shares drawn(bandwidths.size());
    for (double& bandwidth : bandwidths) bandwidth = .01 + random.unit();
    for (double& share : drawn) share = random.unit();
    const double sum = std::accumulate(drawn.begin(), drawn.end(), 0.0);
    for (double& share : drawn) share /= sum;
    const double best = balanced_time(bandwidths);
    EXPECT_NEAR(time_of_shares(balanced_shares(bandwidths), bandwidths), best, best * 1e-12);
    EXPECT_GE(time_of_shares(drawn, bandwidths), best * (1 - 1e-12));
  }
}

TEST(BalancedShares, EqualBandwidthsMoveTwoTimesAllButTheirOwn) {
  for (const std::size_t members : {2, 3, 16, 32}) {
    const std::vector<double> bandwidths(members, 4.0);
    const auto count = static_cast<double>(members);
    EXPECT_NEAR(balanced_time(bandwidths), 2 * (count - 1) / count / 4, 1e-12);
  }
  EXPECT_EQ(balanced_time(std::vector<double>{4.0}), 0.0);
}

}  // namespace
}  // namespace moshpit
