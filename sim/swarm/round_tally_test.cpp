#include "sim/swarm/round_tally.hpp"

#include <gtest/gtest.h>

namespace moshpit::sim {
namespace {

RoundReport report_of(RoundTime time, std::size_t members) {
  RoundReport report;
  report.time = time;
  report.members.resize(members);
  return report;
}

TEST(RoundTally, MeasuresDistancesToTheWeightedMeanOfTheBeginning) {
  RoundTally tally(*Grid::parse("2x2"));
  tally.brings({0, 0}, 1);
  tally.brings({4, 8}, 3);  // the mean is 3, 6
  tally.ended(report_of({1, 0}, 2), WeightedVector({3, 6}, 2));
  tally.ended(report_of({1, 0}, 2), WeightedVector({3, 4}, 2));
  ASSERT_EQ(tally.rows().size(), 2u);
  EXPECT_DOUBLE_EQ(tally.rows()[0].mean_squared_error, ((9 + 36) / 2.0 + (1 + 4) / 2.0) / 2);
  EXPECT_DOUBLE_EQ(tally.rows()[0].max_error, 6);
  EXPECT_DOUBLE_EQ(tally.rows()[1].mean_squared_error, (0 + 4 / 2.0) / 2);
  EXPECT_EQ(tally.rows()[1].in_full, 2u);
}

TEST(RoundTally, CountsWhoFoundNoFullGroupAndWhoLostSomebody) {
  RoundTally tally(*Grid::parse("2x2"));
  tally.brings({1}, 1);
  RoundReport lossy = report_of({2, 1}, 2);
  lossy.lost.push_back({PeerId{}, LossReason::silent, "sent nothing"});
  tally.ended(lossy, WeightedVector({1}, 1));
  tally.ended(report_of({2, 1}, 0), WeightedVector({1}, 1));
  ASSERT_EQ(tally.rows().size(), 5u);  // the second round of the second step is the fourth
  EXPECT_EQ(tally.rows()[4].peers, 2u);
  EXPECT_EQ(tally.rows()[4].in_full, 1u);
  EXPECT_EQ(tally.rows()[4].alone, 1u);
  EXPECT_EQ(tally.rows()[4].lost_one, 1u);
  EXPECT_NE(tally.first_loss().find("sent nothing"), std::string::npos);
}

}  // namespace
}  // namespace moshpit::sim
