#include "app/bench/endurance.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

EnduredRound round(double ended, double reducing) {
  return {"round 1", "1 2", "bytes", ended, reducing, 2, 1e-8};
}

TEST(Endurance, RoundsInTimeThatAgreeAreNoFinding) {
  Endurance endurance;
  endurance.saw(0, round(10, 1));
  endurance.saw(1, round(10, 2.1));
  endurance.saw(2, {});
  EnduredRound failed = round(10, 2);
  failed.view.clear();
  failed.digest = "its own";
  endurance.saw(3, failed);
  EXPECT_TRUE(endurance.findings(0, 20).empty());
  EXPECT_EQ(endurance.rounds(), 4u);
  EXPECT_EQ(endurance.averaged(), 2u);
  EXPECT_EQ(endurance.alone(), 1u);
  EXPECT_EQ(endurance.failed(), 1u);
  EXPECT_NEAR(endurance.longest_lateness(), 0.1, 1e-9);
}

TEST(Endurance, WhoEndsLateIsFoundUnlessItWasFrozen) {
  Endurance endurance;
  endurance.froze(1, 6, 9);
  endurance.saw(1, round(10, 5));
  EXPECT_TRUE(endurance.findings(0, 20).empty());
  endurance.saw(2, round(10, 5));
  EXPECT_EQ(endurance.findings(0, 20).size(), 1u);
}

TEST(Endurance, BytesThatDifferWithinAViewAndMeansThatAreOffAreFound) {
  Endurance endurance;
  endurance.saw(0, round(10, 1));
  EnduredRound other = round(10, 1);
  other.digest = "other bytes";
  other.view = "3 4";
  endurance.saw(2, other);
  EXPECT_TRUE(endurance.findings(0, 20).empty());
  other.view = "1 2";
  endurance.saw(1, other);
  EXPECT_EQ(endurance.findings(0, 20).size(), 1u);
  EnduredRound off = round(10, 1);
  off.error = 1e-3;
  endurance.saw(1, off);
  EXPECT_EQ(endurance.findings(0, 20).size(), 2u);
}

TEST(Endurance, WhoGrowsForAsLongAsItLivesIsFound) {
  Endurance endurance;
  for (double at = 0; at < 100; ++at) {
    endurance.measured(0, {at, 50e6, 20});
    endurance.measured(1, {at, 50e6 + at * 1e6, 20});
    endurance.measured(2, {at, 50e6, 20 + at});
  }
  endurance.measured(3, {99, 500e6, 500});  // it has only just come
  EXPECT_EQ(endurance.findings(0, 100).size(), 2u);
  EXPECT_TRUE(endurance.findings(50, 100).empty());  // too short to say
  EXPECT_EQ(endurance.growth(1, 0, 100).first.memory, 99e6);
  EXPECT_EQ(endurance.growth(1, 0, 100).second.memory, 149e6);
}

}  // namespace
}  // namespace moshpit
