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
  EXPECT_EQ(round_trip.patience(), 600ms);  // RFC 6298, 2.2: R + 4 * R/2
}

TEST(RoundTrip, FollowsTheRfcFromThere) {
  RoundTrip round_trip;
  round_trip.add(200ms);
  round_trip.add(280ms);
  EXPECT_EQ(round_trip.mean(), 210ms);
  EXPECT_EQ(round_trip.patience(), 210ms + 4 * 95ms);  // deviation 3/4 * 100 + 1/4 * 80
  round_trip.add(130ms);
  EXPECT_EQ(round_trip.mean(), 200ms);
  EXPECT_EQ(round_trip.patience(), 200ms + 4 * 91250us);
}

TEST(RoundTrip, SettlesOnASteadyRoundTrip) {
  RoundTrip round_trip;
  round_trip.add(1s);
  for (int i = 0; i < 200; ++i) round_trip.add(300ms);
  EXPECT_LT(*round_trip.mean() - 300ms, 1ms);
  EXPECT_LT(round_trip.patience(), 305ms);
}

TEST(RoundTrip, PatienceStaysWithinItsBoundsWhateverIsMeasured) {
  Random random(1);
  for (int run = 0; run < 100; ++run) {
    RoundTrip round_trip;
    const std::uint64_t scale = std::uint64_t{1} << random.below(40);
    for (int i = 0; i < 50; ++i) {
      round_trip.add(Duration(static_cast<Duration::rep>(random.below(scale))));
      ASSERT_GE(round_trip.patience(), 100ms);
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
