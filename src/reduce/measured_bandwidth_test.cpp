#include "reduce/measured_bandwidth.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

PeakRate rate_of(std::initializer_list<double> bytes_per_second) {
  Time now{};
  PeakRate rate(now);
  double total = 0;
  for (const double speed : bytes_per_second) {
    for (int tick = 0; tick < 100; ++tick) {
      now += 10ms;
      total += speed / 100;
      rate.moved(static_cast<std::uint64_t>(total), now);
    }
  }
  return rate;
}

TEST(PeakRate, IsTheBestOfTheRound) {
  EXPECT_NEAR(rate_of({1e6, 8e6, 2e5}).bytes_per_second(), 8e6, 8e4);
  EXPECT_NEAR(rate_of({2e6}).bytes_per_second(), 2e6, 2e4);
}

TEST(PeakRate, SaysNothingOfALittle) {
  EXPECT_EQ(rate_of({1e5}).bytes_per_second(), 0) << "less than a window in the whole round";
  PeakRate burst(Time{});
  burst.moved(10u << 20, Time{} + 1ms);
  EXPECT_EQ(burst.bytes_per_second(), 0);
}

TEST(PeakRate, WhatCameBeforeCountsNothing) {
  PeakRate rate(Time{});
  rate.moved(16u << 20, Time{} + 1ms);
  rate.restart(16u << 20, Time{} + 1ms);
  rate.moved((16u << 20) + 100'000, Time{} + 101ms);
  EXPECT_EQ(rate.bytes_per_second(), 0);
  rate.moved((16u << 20) + 400'000, Time{} + 401ms);
  EXPECT_NEAR(rate.bytes_per_second(), 1e6, 1e3);
}

TEST(MeasuredBandwidth, FollowsTheSmallerDirection) {
  MeasuredBandwidth bandwidth;
  bandwidth.learn(rate_of({}), rate_of({8e6}));
  EXPECT_EQ(bandwidth.bytes_per_second(), 0) << "one direction says nothing of the other";
  bandwidth.learn(rate_of({1e6}), rate_of({8e6}));
  EXPECT_NEAR(bandwidth.bytes_per_second(), 1e6, 1e4);
  for (int round = 0; round < 5; ++round) bandwidth.learn(rate_of({4e6}), rate_of({2e6}));
  EXPECT_NEAR(bandwidth.bytes_per_second(), 2e6, 1e5) << "and forgets";
}

}  // namespace
}  // namespace moshpit
