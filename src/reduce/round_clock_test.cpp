#include "reduce/round_clock.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

TEST(RoundClock, WhatIsNotComputedIsTransferUntilAllIsSentAndWaitingThen) {
  const Time start = Time{} + 7s;
  RoundClock clock(start);
  clock.coded(10ms);
  clock.summed(5ms);
  clock.sent(start + 100ms);
  clock.summed(20ms);
  const RoundPhases phases = clock.phases(start + 150ms);
  EXPECT_EQ(phases.transfer, 85ms);
  EXPECT_EQ(phases.codec, 10ms);
  EXPECT_EQ(phases.sum, 25ms);
  EXPECT_EQ(phases.waiting, 30ms);
}

TEST(RoundClock, WhoSendsNothingWaits) {
  RoundClock clock(Time{} + 7s);
  EXPECT_EQ(clock.phases(Time{} + 8s).waiting, 1s);
  EXPECT_EQ(clock.phases(Time{} + 8s).transfer, 0s);
}

}  // namespace
}  // namespace moshpit
