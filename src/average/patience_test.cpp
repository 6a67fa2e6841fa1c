#include "average/patience.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

TEST(Patience, BeforeAnythingIsMeasuredItIsLong) {
  const Patience patience;
  EXPECT_GE(patience.share(), 2s);
}

TEST(Patience, EachRoundEndsAShareLaterThanTheOneBefore) {
  const Patience patience;
  for (std::uint32_t round = 0; round < 5; ++round) {
    EXPECT_EQ(patience.until_end_of(round + 1) - patience.until_end_of(round), patience.share());
  }
  EXPECT_EQ(patience.until_end_of(0), 2 * patience.share());
}

// A group with a slow line takes ten seconds where others take one.
TEST(Patience, WhoComesFromASlowGroupIsAwaitedInLaterRounds) {
  Patience patience;
  patience.saw_reduction(10s, 1000);
  for (int round = 0; round < 4; ++round) patience.saw_reduction(1s, 1000);
  patience.step_begins(1000);
  const Duration first = patience.until_end_of(0);
  EXPECT_EQ(first, 2 * patience.share()) << "all begin it at the same time";
  EXPECT_GT(patience.until_end_of(1), first + 8s);
  EXPECT_GT(patience.until_end_of(2), first + 16s);
  patience.step_begins(100);
  EXPECT_LT(patience.until_end_of(1), first + patience.share() + 1s) << "a shorter vector";
  for (int round = 0; round < 100; ++round) patience.saw_reduction(1s, 1000);
  patience.step_begins(1000);
  EXPECT_LE(patience.until_end_of(1), first + patience.share() + 1s) << "it is gone";
}

TEST(Patience, OneLateArrivalIsAwaitedAtOnceAndForgottenSlowly) {
  Patience patience;
  patience.saw_first_round(10ms, 0ms);
  const Duration calm = patience.share();
  EXPECT_LT(calm, 500ms);
  patience.saw_first_round(1500ms, 0ms);
  EXPECT_GE(patience.share(), 1500ms);
  Duration before = patience.share();
  for (int step = 0; step < 30; ++step) {
    patience.saw_first_round(10ms, 0ms);
    EXPECT_LE(patience.share(), before);
    EXPECT_GE(patience.share(), before * 3 / 4);
    before = patience.share();
  }
  EXPECT_EQ(patience.share(), calm);
}

TEST(Patience, GraceIsEndlessUntilHolesAreSeenAndAgainWhenTheyAreForgotten) {
  Patience patience;
  patience.saw_first_round(10ms, 0ms);
  patience.saw_step(false);
  EXPECT_EQ(patience.grace(1ms), Duration::max());
  patience.saw_step(true);
  EXPECT_GT(patience.grace(1ms), 10ms) << "who is as late as was measured is still awaited";
  EXPECT_LT(patience.grace(1ms), 100ms);
  int steps = 0;
  for (; patience.grace(1ms) != Duration::max(); ++steps) patience.saw_step(false);
  EXPECT_GE(steps, 8);
}

// On a line across an ocean others hear a tenth of a second later that a step has begun.
TEST(Patience, GraceGrantsTheRoundTripsUntilOthersAreHeardOf) {
  Patience patience;
  patience.saw_step(true);
  EXPECT_GT(patience.grace(200ms), 400ms);
  EXPECT_LE(patience.grace(1h), patience.share());
}

// The members of a group with a hole start a grace later, and come so much later to the next round.
TEST(Patience, InLaterRoundsGraceCountsFromTheBeginningOfTheStep) {
  Patience patience;
  EXPECT_EQ(patience.grace_in(3, 1h, 1ms), Duration::max()) << "no holes are expected";
  patience.expect_holes(true);
  const Duration grace = patience.grace(1ms);
  EXPECT_EQ(patience.grace_in(0, 0ms, 1ms), grace);
  EXPECT_EQ(patience.grace_in(1, 0ms, 1ms), 2 * grace);
  EXPECT_EQ(patience.grace_in(1, grace, 1ms), grace);
  EXPECT_EQ(patience.grace_in(1, 10s, 1ms), grace) << "after a long round it is as long as ever";
  patience.expect_holes(false);
  EXPECT_EQ(patience.grace(1ms), Duration::max());
}

// A peer that came too late to every group would otherwise stay as slow as it was when it measured
// last, and come too late again.
TEST(Patience, WhoMeetsNobodyForgetsWhatItMeasured) {
  Patience patience;
  patience.saw_nobody(0ms);
  EXPECT_GE(patience.share(), 2s) << "nothing has been measured yet";
  patience.saw_step(true);
  patience.saw_first_round(1s, 0ms);
  for (int step = 0; step < 30; ++step) patience.saw_nobody(0ms);
  EXPECT_LT(patience.grace(1ms), 50ms);
}

TEST(Patience, OverALongWayALostQuestionIsAwaited) {
  Patience near;
  Patience far;
  near.saw_first_round(10ms, 1ms);
  far.saw_first_round(10ms, 100ms);
  EXPECT_LE(near.share(), 250ms);
  EXPECT_GE(far.share(), 10ms + 100ms + 300ms);  // the round trip, and the system's repetition
}

TEST(Patience, NobodyIsWaitedForLongerThanBeforeAnythingWasMeasured) {
  Patience patience;
  const Duration longest = patience.share();
  patience.saw_first_round(1h, 0ms);
  EXPECT_EQ(patience.share(), longest);
}

TEST(Patience, WaitsForThoseOnTheirWayOnlyWhereTheGridSeemsFull) {
  Patience patience;
  EXPECT_GT(patience.courtesy(10ms), 20ms);
  patience.saw_step(true);
  EXPECT_EQ(patience.courtesy(10ms), Duration{0});
}

}  // namespace
}  // namespace moshpit
