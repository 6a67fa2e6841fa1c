#include "app/bench/contest_tally.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

ContestSighting sighting(double began, double ended) {
  return {began, ended, 100, 0.25, 1e-8, 0.5, {{"sum", 2 * (ended - began)}}, 2};
}

TEST(ContestTally, ARoundLastsFromItsLastBeginningToItsLastEnd) {
  ContestTally tally(2);
  tally.saw({0, 2}, sighting(10.0, 12.0));
  EXPECT_EQ(tally.broken(), 1u);  // somebody has not told yet
  tally.saw({0, 2}, sighting(10.5, 11.0));
  tally.saw({1, 2}, sighting(20.0, 21.0));
  tally.saw({1, 2}, sighting(20.0, 20.5));
  EXPECT_EQ(tally.broken(), 0u);
  EXPECT_EQ(tally.rounds(), 2u);
  EXPECT_EQ(tally.seconds(), (std::vector<double>{1.0, 1.5}));
  EXPECT_DOUBLE_EQ(tally.wire_bytes(), 200);
  EXPECT_DOUBLE_EQ(tally.processor_seconds(), 0.5);
  EXPECT_EQ(tally.matching_seconds(), (std::vector<double>{0.5, 0.5}));
  EXPECT_DOUBLE_EQ(tally.max_error(), 1e-8);
  EXPECT_DOUBLE_EQ(tally.phase_seconds().at("sum"), (4.0 + 1.0 + 2.0 + 1.0) / 4);
}

TEST(ContestTally, ARoundWithoutSomebodysValuesIsNotWhole) {
  ContestTally tally(2);
  tally.saw({0, 2}, sighting(1, 2));
  ContestSighting alone = sighting(1, 2);
  alone.members = 1;
  tally.saw({0, 2}, alone);
  EXPECT_EQ(tally.broken(), 1u);
}

TEST(ContestTally, StandardDeviationIsThatOfASample) {
  EXPECT_DOUBLE_EQ(standard_deviation({3}), 0);
  EXPECT_DOUBLE_EQ(standard_deviation({1, 3}), std::sqrt(2.0));
}

}  // namespace
}  // namespace moshpit
