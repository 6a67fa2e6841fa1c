// Members whose lines differ: the vector is shared out by what their rounds have shown.
#include <cstdio>
#include <gtest/gtest.h>

#include "reduce/round_world.hpp"
#include "reduce/shares.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// How much longer each round takes than the best shares would, by a perfect network.
std::vector<double> rounds_over_optimum(const std::vector<double>& lines, std::size_t elements,
                                        int rounds) {
  sim::NetworkModel near;
  near.latency_min = near.latency_max = 10ms;
  RoundWorld group(1, lines.size(), elements, near, {}, lines);
  const auto shares = balanced_shares(lines);
  double optimum = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const double vectors = 1 + (static_cast<double>(lines.size()) - 2) * shares[i];
    optimum = std::max(optimum, vectors * static_cast<double>(elements * sizeof(float)) / lines[i]);
  }
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    group.begin(static_cast<unsigned>(round));
    EXPECT_TRUE(group.finish(600s));
    group.judge();
    Duration longest{0};
    group.bandwidths.clear();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const Participant& peer = *group.peers[i];
      EXPECT_EQ(peer.report->lost.size(), 0u);
      longest = std::max(longest, peer.report->reducing);
      group.bandwidths.push_back(static_cast<std::uint64_t>(peer.all_reduce.bandwidth()));
      group.before[i] = group.after(i);
    }
    ratios.push_back(seconds(longest) / optimum);
  }
  return ratios;
}

// One of equal members claims a thousand times what it has; the others find it slow, not gone.
TEST(Balance, AFalseClaimCostsTimeAndNoRound) {
  for (const std::uint64_t claim : {std::uint64_t{10'000'000'000}, std::uint64_t{1}}) {
    sim::NetworkModel near;
    near.latency_min = near.latency_max = 10ms;
    RoundWorld group(1, 8, 1u << 19, near, {}, std::vector<double>(8, 10e6));
    Duration honest{0};  // the deadline of the first round, which nobody has claimed anything in
    for (unsigned round = 0; round < 4; ++round) {
      group.begin(round);
      ASSERT_TRUE(group.finish(600s));
      group.judge();
      group.bandwidths.assign(8, 10'000'000);
      group.bandwidths[5] = claim;
      for (std::size_t i = 0; i < 8; ++i) {
        EXPECT_EQ(group.peers[i]->report->lost.size(), 0u) << claim;
        if (round == 0) honest = std::max(honest, group.peers[i]->limits->round);
        EXPECT_LE(group.peers[i]->limits->round, 16 * honest) << claim;
        group.before[i] = group.after(i);
      }
    }
  }
}

std::vector<double> one_slow(std::size_t members) {
  std::vector<double> lines(members, 10e6);
  lines[members / 2] = 1e6;
  return lines;
}

TEST(Balance, AMemberWithATenthOfTheBandwidthHoldsNobodyUpAfterThreeRounds) {
  for (const std::size_t members : {4u, 8u, 16u}) {
    const auto ratios = rounds_over_optimum(one_slow(members), 1u << 19, 4);
    printf("%zu members, times the optimum: %.2f, then %.2f\n", members, ratios[0], ratios[3]);
    EXPECT_GT(ratios[0], 1.3) << "equal shares, while nothing is known";
    EXPECT_LE(ratios[3], 1.3) << members << " members";
  }
}

TEST(Balance, ManySpeedsAreSharedOutByWhatTheyCanDo) {
  const auto ratios = rounds_over_optimum({10e6, 5e6, 2e6, 8e6, 3e6, 1.5e6}, 1u << 19, 4);
  EXPECT_LE(ratios[3], 1.3);
}

TEST(Balance, EqualLinesStayEqual) {
  const auto ratios = rounds_over_optimum(std::vector<double>(6, 10e6), 1u << 19, 4);
  for (const double ratio : ratios) EXPECT_LE(ratio, 1.3);
}

}  // namespace
}  // namespace moshpit
