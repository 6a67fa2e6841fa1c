#include "net/round_trip.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

TEST(RoundTrip, WaitsASecondForWhoWasNeverMeasured) {
  EXPECT_EQ(RoundTrip().patience(), 1s);
  EXPECT_EQ(RoundTrip().mean(), std::nullopt);
}

TEST(RoundTrip, TakesTheFirstSampleAsItIs) {
  RoundTrip round_trip;
  round_trip.add(200ms);
  EXPECT_EQ(round_trip.mean(), 200ms);
  EXPECT_EQ(round_trip.patience(), 650ms);  // a packet may be lost: R + R + 250 ms
  RoundTrip slow;
  slow.add(400ms);
  EXPECT_EQ(slow.patience(), 1200ms);  // RFC 6298, 2.2: R + 4 * R/2
}

TEST(RoundTrip, FollowsTheRfcFromThere) {
  RoundTrip round_trip;
  round_trip.add(400ms);
  round_trip.add(560ms);
  EXPECT_EQ(round_trip.mean(), 420ms);
  EXPECT_EQ(round_trip.patience(), 420ms + 4 * 190ms);  // deviation 3/4 * 200 + 1/4 * 160
  round_trip.add(260ms);
  EXPECT_EQ(round_trip.mean(), 400ms);
  EXPECT_EQ(round_trip.patience(), 400ms + 4 * 182500us);
}

TEST(RoundTrip, SettlesOnASteadyRoundTrip) {
  RoundTrip round_trip;
  round_trip.add(1s);
  for (int i = 0; i < 200; ++i) round_trip.add(300ms);
  EXPECT_LT(*round_trip.mean() - 300ms, 1ms);
  EXPECT_LT(round_trip.patience(), 860ms);
}

TEST(RoundTrip, PatienceStaysWithinItsBoundsWhateverIsMeasured) {
  Random random(1);
  for (int run = 0; run < 100; ++run) {
    RoundTrip round_trip;
    const std::uint64_t scale = std::uint64_t{1} << random.below(40);
    for (int i = 0; i < 50; ++i) {
      round_trip.add(Duration(static_cast<Duration::rep>(random.below(scale))));
      ASSERT_GE(round_trip.patience(), 250ms);
      ASSERT_LE(round_trip.patience(), 3s);
      ASSERT_GE(*round_trip.mean(), 0ms);
    }
  }
}

TEST(RoundTrip, TakesATimeBeforeTheQuestionForNone) {
  RoundTrip round_trip;
  round_trip.add(-5ms);
  EXPECT_EQ(round_trip.mean(), 0ms);
}

}  // namespace
}  // namespace moshpit
