#include "experiment/attendance.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

std::vector<PeerIndex> copy(std::span<const PeerIndex> peers) {
  return {peers.begin(), peers.end()};
}

// Half of 100 peers are absent after the first draw; which ones is the seed's affair.
struct Half {
  explicit Half(FailureModel model) : attendance(100, .5, model) {
    Random random(1);
    attendance.draw(random);
    for (PeerIndex peer = 0; peer < 100; ++peer) {
      (attendance.present(peer) ? there : away).push_back(peer);
    }
  }

  Attendance attendance;
  std::vector<PeerIndex> there;
  std::vector<PeerIndex> away;
};

TEST(Attendance, IsDrawnAnewInEachRoundWithTheRateAskedFor) {
  Random random(1);
  Attendance attendance(1000, .1, FailureModel::exclude);
  EXPECT_TRUE(attendance.everybody());
  int absent = 0;
  int twice = 0;
  bool was_absent = false;
  for (int round = 0; round < 100; ++round) {
    attendance.draw(random);
    for (PeerIndex peer = 0; peer < 1000; ++peer) {
      const bool is_absent = !attendance.present(peer);
      absent += is_absent ? 1 : 0;
      twice += is_absent && was_absent ? 1 : 0;
      was_absent = is_absent;
    }
  }
  EXPECT_NEAR(absent, 10000, 475);  // five standard deviations
  EXPECT_NEAR(twice, 1000, 170);
}

TEST(Attendance, NobodyIsAbsentAtRateNoneAndEverybodyAtRateOne) {
  Random random(1);
  Attendance full(100, 0, FailureModel::exclude);
  full.draw(random);
  EXPECT_TRUE(full.everybody());
  Attendance empty(100, 1, FailureModel::exclude);
  empty.draw(random);
  EXPECT_FALSE(empty.everybody());
  EXPECT_FALSE(empty.present(0));
}

TEST(Attendance, ExcludeLeavesThePresentOnesInTheirOrder) {
  const Half half(FailureModel::exclude);
  std::vector<PeerIndex> group{half.there[3], half.away[0], half.there[1], half.away[1],
                               half.there[2]};
  const std::vector<PeerIndex> expected{half.there[3], half.there[1], half.there[2]};
  EXPECT_EQ(copy(half.attendance.assembled(group)), expected);
  EXPECT_EQ(copy(half.attendance.participants(group)), expected);
}

TEST(Attendance, GroupFailAssemblesAllAndVoidsTheRound) {
  const Half half(FailureModel::group_fail);
  std::vector<PeerIndex> group{half.there[3], half.away[0], half.there[1]};
  EXPECT_EQ(half.attendance.assembled(group).size(), 3u);
  EXPECT_TRUE(half.attendance.participants(group).empty());
  std::vector<PeerIndex> whole{half.there[3], half.there[1]};
  EXPECT_EQ(copy(half.attendance.participants(whole)), whole);
}

}  // namespace
}  // namespace moshpit
