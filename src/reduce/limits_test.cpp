#include "reduce/limits.hpp"

#include <chrono>
#include <gtest/gtest.h>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

TEST(RoundLimits, FollowTheFormula) {
  // 4 members, 1 MiB of values in chunks of 16 KiB, 1 MiB/s.
  const RoundLimits limits = round_limits({4, 1u << 18, 250ms, 1048576.0});
  EXPECT_NEAR(seconds(limits.silence), 0.5 + 4 * 3 / 64.0, 1e-6);
  EXPECT_NEAR(seconds(limits.closing), 2 * 0.6875 + 1.5, 1e-6);
  EXPECT_NEAR(seconds(limits.round), 4 * 1.5 + 3 * 2.875, 1e-6);
  EXPECT_EQ(round_limits({4, 1u << 18, 250ms, 1048576.0, 1e-9}).round, limits.round);
  const RoundLimits uneven = round_limits({4, 1u << 18, 250ms, 1048576.0, 3.0 / 1048576});
  EXPECT_NEAR(seconds(uneven.closing), 2 * (0.5 + 2 * 4 * 3 / 64.0) + 3, 1e-6);
  const RoundLimits lied = round_limits({4, 1u << 18, 250ms, 1048576.0, 1e3});
  EXPECT_EQ(lied.round, round_limits({4, 1u << 18, 250ms, 1048576.0, 16 * 1.5 / 1048576}).round);
  EXPECT_EQ(round_limits({4, 1u << 18, 250ms, 1048576.0, 0, 0.25}).round, limits.round);
  const RoundLimits one_owner = round_limits({4, 1u << 18, 250ms, 1048576.0, 0, 1});
  EXPECT_NEAR(seconds(one_owner.closing), 2 * 0.6875 + 3, 1e-6);
  EXPECT_EQ(one_owner.silence, limits.silence) << "it is no slower for owning more";
  const RoundLimits charged = round_limits({4, 1u << 14, 250ms, 1048576.0, 0, 0, 16});
  EXPECT_EQ(charged.round, round_limits({4, 1u << 18, 250ms, 1048576.0}).round) << "64 chunks both";
  const RoundLimits far = round_limits({4, 1u << 18, 3s, 1048576.0});
  EXPECT_NEAR(seconds(far.silence), 6.0 + 4 * 3 / 64.0, 1e-6);
}

TEST(RoundLimits, AreOrderedWhateverIsMeasured) {
  for (std::size_t members : {1u, 2u, 8u, 256u}) {
    for (std::size_t elements : {0u, 1u, 1000000u, 100000000u}) {
      for (double goodput : {64e3, 4e6, 1e10}) {
        for (Duration patience : {Duration(0), Duration(250ms), Duration(3s)}) {
          const RoundLimits limits = round_limits({members, elements, patience, goodput});
          EXPECT_GE(limits.silence, 2 * patience);
          EXPECT_GE(limits.closing, 2 * limits.silence);
          EXPECT_GE(limits.round, 2 * limits.closing);
        }
      }
    }
  }
}

TEST(Goodput, LearnsFromRoundsThatMovedSomething) {
  Goodput goodput;
  goodput.learn(1000, 1s);
  goodput.learn(100 << 20, 0s);
  EXPECT_EQ(goodput.bytes_per_second(), 4e6);
  for (int i = 0; i < 30; ++i) goodput.learn(100'000'000, 1s);
  EXPECT_NEAR(goodput.bytes_per_second(), 1e8, 1);
  for (int i = 0; i < 60; ++i) goodput.learn(2 << 20, std::chrono::hours(1));
  EXPECT_GE(goodput.bytes_per_second(), 64e3);
}

}  // namespace
}  // namespace moshpit
