#include "net/opinions.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace moshpit {
namespace {

Opinions told(const std::vector<bool>& all) {
  Opinions opinions;
  for (const bool reached : all) opinions.add(reached);
  return opinions;
}

TEST(Opinions, NobodyWasAskedAndNothingIsBelieved) {
  EXPECT_TRUE(told({}).dialable());
  EXPECT_FALSE(told({}).decided());
}

TEST(Opinions, WhereThereIsOneMemberItsWordHolds) {
  EXPECT_TRUE(told({true}).dialable());
  EXPECT_FALSE(told({false}).dialable());
  EXPECT_FALSE(told({true}).decided());
  EXPECT_FALSE(told({false}).decided());
}

// Every order of two that agree and one that does not.
TEST(Opinions, OneAgainstTwoDecidesNothing) {
  for (const bool truth : {true, false}) {
    for (int liar = 0; liar < 3; ++liar) {
      Opinions opinions;
      for (int i = 0; i < 3 && !opinions.decided(); ++i) opinions.add(i == liar ? !truth : truth);
      EXPECT_TRUE(opinions.decided());
      EXPECT_EQ(opinions.dialable(), truth) << liar;
    }
  }
}

TEST(Opinions, OfTwoThatDifferTheBetterOneIsBelieved) {
  EXPECT_TRUE(told({true, false}).dialable());
  EXPECT_TRUE(told({false, true}).dialable());
  EXPECT_FALSE(told({false, true}).decided());
}

TEST(Opinions, CountsWhoTriedAndWhoFailed) {
  EXPECT_EQ(told({true, false, false}).tried(), 3);
  EXPECT_EQ(told({true, false, false}).failed(), 2);
}

}  // namespace
}  // namespace moshpit
