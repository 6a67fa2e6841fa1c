#include "train/progress_board.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

PeerId peer(int number) {
  PeerId id;
  id.bytes[0] = static_cast<std::byte>(number);
  return id;
}

constexpr Time start{100s};

TEST(ProgressBoard, AddsWhatPeersHaveDoneAndDoSinceTheyWereHeardOf) {
  ProgressBoard board(1000);
  board.hear(peer(1), WorkDone{4, 100, 50}, start);
  board.hear(peer(2), WorkDone{4, 200, 0}, start);
  const auto now = board.estimate(4, start);
  EXPECT_DOUBLE_EQ(now.samples, 300);
  EXPECT_EQ(now.peers, 2u);
  const auto later = board.estimate(4, start + 4s);
  EXPECT_DOUBLE_EQ(later.samples, 500);
  EXPECT_EQ(later.left(), Duration(10s));
  EXPECT_FALSE(later.reached());
  EXPECT_EQ(later.sentence(), "500 of 1000 samples by 2 peers, 50 a second: 10.0 s to go");
}

// The same record read again is no newer than it was.
TEST(ProgressBoard, ARecordIsAsOldAsWhenItWasFirstHeard) {
  ProgressBoard board(1000);
  board.hear(peer(1), WorkDone{4, 100, 50}, start);
  board.hear(peer(1), WorkDone{4, 100, 50}, start + 2s);
  EXPECT_DOUBLE_EQ(board.estimate(4, start + 2s).samples, 200);
  board.hear(peer(1), WorkDone{4, 150, 50}, start + 2s);
  EXPECT_DOUBLE_EQ(board.estimate(4, start + 2s).samples, 150);
}

TEST(ProgressBoard, WhatWasDoneForAnEarlierStepIsNotCounted) {
  ProgressBoard board(1000);
  board.hear(peer(1), WorkDone{4, 900, 50}, start);
  EXPECT_DOUBLE_EQ(board.estimate(5, start + 1s).samples, 50);
}

// Steps may be shorter than the time between two records: the work of a second is done once.
TEST(ProgressBoard, WorkSinceARecordCountsTowardsOneStep) {
  ProgressBoard board(1000);
  board.hear(peer(1), WorkDone{4, 0, 50}, start);
  board.begin(start + 6s);
  EXPECT_DOUBLE_EQ(board.estimate(5, start + 7s).samples, 50);
  board.hear(peer(1), WorkDone{5, 60, 50}, start + 8s);
  EXPECT_DOUBLE_EQ(board.estimate(5, start + 9s).samples, 110);
}

TEST(ProgressBoard, WhoIsSilentIsNotReckonedWith) {
  ProgressBoard board(1000);
  board.hear(peer(1), WorkDone{4, 100, 1000}, start);
  const auto late = board.estimate(4, start + 11s);
  EXPECT_EQ(late.peers, 0u);
  EXPECT_FALSE(late.reached());
  EXPECT_EQ(late.left(), std::nullopt);
  EXPECT_NE(late.sentence().find("nobody works"), std::string::npos);
}

TEST(WorkSpeed, FollowsADeviceThatSlowsDown) {
  WorkSpeed speed;
  EXPECT_EQ(speed.samples_per_second(), 0);
  for (int i = 0; i < 50; ++i) speed.worked(32, 1s);
  EXPECT_NEAR(speed.samples_per_second(), 32, 1e-9);
  for (int i = 0; i < 50; ++i) speed.worked(32, 2s);
  EXPECT_NEAR(speed.samples_per_second(), 16, 0.2);
}

}  // namespace
}  // namespace moshpit
