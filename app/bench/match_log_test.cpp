#include "app/bench/match_log.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(MatchLog, CountsFromTheLastAnnouncementToTheLastMember) {
  MatchLog log(2);
  log.saw({RoundTime{1, 0}, "a", 2, 10.000, 10.061});
  log.saw({RoundTime{1, 0}, "a", 2, 10.050, 10.060});
  ASSERT_EQ(log.full_groups(), 1u);
  EXPECT_EQ(log.other_groups(), 0u);
  EXPECT_NEAR(log.milliseconds().at(0), 11.0, 1e-6);
}

TEST(MatchLog, GroupsWithHolesAndMembersThatWereAloneAreNotFull) {
  MatchLog log(3);
  log.saw({RoundTime{1, 0}, "a", 2, 1.0, 1.1});
  log.saw({RoundTime{1, 0}, "a", 2, 1.0, 1.1});
  log.saw({RoundTime{1, 0}, "alone 2", 0, 1.0, 1.1});
  EXPECT_EQ(log.full_groups(), 0u);
  EXPECT_EQ(log.other_groups(), 2u);
  EXPECT_TRUE(log.milliseconds().empty());
  EXPECT_NEAR(log.grouped(), 2.0 / 3, 1e-9);
}

TEST(MatchLog, AGroupThatAMemberDoesNotKnowIsNotFull) {
  MatchLog log(2);
  log.saw({RoundTime{1, 0}, "a", 2, 1.0, 1.1});
  log.saw({RoundTime{1, 0}, "b", 2, 1.0, 1.1});
  EXPECT_EQ(log.full_groups(), 0u);
  EXPECT_EQ(log.other_groups(), 2u);
}

TEST(MatchLog, QuantilesAreValuesThatWereSeen) {
  const std::vector<double> values{1, 2, 3, 4};
  EXPECT_EQ(quantile(values, 0.5), 2);
  EXPECT_EQ(quantile(values, 0.95), 4);
  EXPECT_EQ(quantile({7}, 0.5), 7);
}

}  // namespace
}  // namespace moshpit
