// Roll: who is there, from what two members of each group wrote down.
#include "average/roll.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

using Members = std::vector<MemberNumber>;
using Lines = std::vector<Roll::Line>;

TEST(Roll, EverybodyIsCountedOnce) {
  const Lines last = {{1, {2, 3}}, {2, {1, 3}}, {4, {5}}, {5, {4}}, {9, {9}}};
  EXPECT_EQ(Roll::present(last, {}), (Members{1, 2, 3, 4, 5, 9}));
}

TEST(Roll, WhoWasLateForTheLastStepStoodOnTheOneBefore) {
  const Lines before = {{1, {2, 3}}, {2, {1, 3}}};
  const Lines last = {{1, {2}}, {2, {1}}};
  EXPECT_EQ(Roll::present(last, before), (Members{1, 2, 3}));
}

// 1 and 3 died together: nobody is left who would strike 3 from what 1 had written.
TEST(Roll, WhatSomebodyWroteWhoIsGoneDoesNotCount) {
  const Lines before = {{1, {2, 3}}, {2, {}}};
  const Lines last = {{2, {4}}, {4, {2}}};
  EXPECT_EQ(Roll::present(last, before), (Members{2, 4}));
}

TEST(Roll, NobodyWroteAnything) { EXPECT_EQ(Roll::present({}, {{1, {2}}}), Members{}); }

}  // namespace
}  // namespace moshpit
