// Roll: who is there, from what two members of each group wrote down.
#include "average/roll.hpp"

#include <chrono>
#include <gtest/gtest.h>

namespace moshpit {
namespace {

using Members = std::vector<MemberNumber>;
using Lines = std::vector<Roll::Line>;

Contact peer(MemberNumber number) {
  Contact contact;
  for (int i = 0; i < 8; ++i) contact.id.bytes[7 - i] = static_cast<std::byte>(number >> 8 * i);
  return contact;
}

Roll::Line line(MemberNumber writer, Members members) { return {peer(writer), std::move(members)}; }

TEST(Roll, EverybodyIsCountedOnce) {
  const Lines lines = {line(1, {2, 3}), line(2, {1, 3}), line(4, {5}), line(5, {4}), line(9, {9})};
  EXPECT_EQ(Roll::members(lines, {}), (Members{1, 2, 3, 4, 5, 9}));
  EXPECT_EQ(Roll::members({}, {}), Members{});
}

// 1 and 3 died together: nobody is left who would strike 3 from what 1 had written.
TEST(Roll, WhatSomebodyWroteWhoIsGoneDoesNotCount) {
  const Lines lines = {line(1, {2, 3}), line(2, {}), line(2, {4}), line(4, {2})};
  EXPECT_EQ(Roll::members(lines, {peer(1).id}), (Members{2, 4}));
}

TEST(Roll, RecordsLiveForAsManyStepsAsCountAndForSomeSecondsAtLeast) {
  using namespace std::chrono_literals;
  EXPECT_EQ(Roll::lives(10s), 40s);
  EXPECT_EQ(Roll::lives(10ms), 5s);
  EXPECT_GT(Roll::lives(Duration{0}), 5s);
  EXPECT_FALSE(Roll::may_be_gone(800ms, 100)) << "steps are short, and the records still there";
  EXPECT_FALSE(Roll::may_be_gone(30s, 3)) << "steps are long, and so the records live long";
  EXPECT_TRUE(Roll::may_be_gone(7s, 4));
}

TEST(Roll, WhoWroteBeforeAndWasNotSeenInTheLastStepIsInDoubt) {
  const Lines last = {line(1, {2, 5}), line(2, {1, 5})};
  const Lines before = {line(1, {3, 4}), line(3, {1, 4}), line(3, {2}), line(5, {6}), line(7, {7})};
  EXPECT_EQ(Roll::doubtful(last, before), (std::vector<Contact>{peer(3), peer(7)}));
  EXPECT_EQ(Roll::doubtful(last, {}), std::vector<Contact>{});
}

}  // namespace
}  // namespace moshpit
