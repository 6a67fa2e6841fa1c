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

TEST(Patience, OneLateArrivalIsAwaitedAtOnceAndForgottenSlowly) {
  Patience patience;
  patience.saw_first_round(10ms);
  const Duration calm = patience.share();
  EXPECT_LT(calm, 500ms);
  patience.saw_first_round(1500ms);
  EXPECT_GE(patience.share(), 1500ms);
  Duration before = patience.share();
  for (int step = 0; step < 30; ++step) {
    patience.saw_first_round(10ms);
    EXPECT_LE(patience.share(), before);
    EXPECT_GE(patience.share(), before * 3 / 4);
    before = patience.share();
  }
  EXPECT_EQ(patience.share(), calm);
}

TEST(Patience, NobodyIsWaitedForLongerThanBeforeAnythingWasMeasured) {
  Patience patience;
  const Duration longest = patience.share();
  patience.saw_first_round(1h);
  EXPECT_EQ(patience.share(), longest);
}

}  // namespace
}  // namespace moshpit
