#include "net/pulse.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Time start{};

// A pulse whose first ping, which measures the new link, is over; a round uses it.
Pulse calm(Role role = Role::dialler) {
  Pulse pulse(start, role);
  pulse.pong(pulse.ping(start), start);
  pulse.needed(start);
  return pulse;
}

TEST(Pulse, ANewLinkIsUnmeasured) {
  Pulse pulse(start, Role::dialler);
  EXPECT_TRUE(pulse.unmeasured());
  const auto id = pulse.ping(start);
  EXPECT_FALSE(pulse.unmeasured());
  EXPECT_FALSE(pulse.wants_ping(start + 10s));  // one at a time
  EXPECT_EQ(pulse.pong(id, start + 30ms), 30ms);
  EXPECT_FALSE(pulse.wants_ping(start + 30ms));
}

TEST(Pulse, PingsAfterASecondOfQuiet) {
  Pulse pulse = calm();
  pulse.heard(start + 500ms);
  EXPECT_FALSE(pulse.wants_ping(start + 1499ms));
  EXPECT_TRUE(pulse.wants_ping(start + 1500ms));
}

TEST(Pulse, WhoeverDialledMeasuresByTheGreeting) {
  Pulse pulse(start, Role::dialler);
  EXPECT_EQ(pulse.opened(start + 30ms), 30ms);
  EXPECT_FALSE(pulse.unmeasured());
}

TEST(Pulse, AQuestionWithoutAnAnswerIsPingedAfter) {
  Pulse pulse(start, Role::dialler);
  pulse.heard(start + 1s);
  pulse.asked(start + 5s);
  EXPECT_FALSE(pulse.wants_ping(start + 5999ms));
  pulse.asked(start + 5900ms);
  EXPECT_TRUE(pulse.wants_ping(start + 6s)) << "a second question does not put it off";
  pulse.heard(start + 6s);
  EXPECT_FALSE(pulse.wants_ping(start + 15999ms));
}

TEST(Pulse, ALinkThatNoRoundUsesIsPingedSeldom) {
  Pulse pulse = calm();
  pulse.heard(start + 9s);
  EXPECT_FALSE(pulse.wants_ping(start + 18999ms));
  EXPECT_TRUE(pulse.wants_ping(start + 19s));
  pulse.ping(start + 19s);
  EXPECT_FALSE(pulse.silent(start + 20999ms, std::nullopt));
  EXPECT_TRUE(pulse.silent(start + 21s, std::nullopt));
  pulse.pong(1, start + 19s);
  pulse.heard(start + 19s);
  pulse.used(start + 19s);
  EXPECT_FALSE(pulse.wants_ping(start + 20s));
  pulse.needed(start + 19s);
  EXPECT_TRUE(pulse.wants_ping(start + 20s));
}

// Both would ping at the same moment, and each ping tells both.
TEST(Pulse, WhoeverWasDialledLetsTheOtherPingFirst) {
  Pulse pulse = calm(Role::acceptor);
  EXPECT_FALSE(pulse.wants_ping(start + 1499ms));
  EXPECT_TRUE(pulse.wants_ping(start + 1500ms)) << "the other one does not";
  pulse.heard(start + 1200ms);
  EXPECT_FALSE(pulse.wants_ping(start + 2699ms));
  pulse.heard(start + 9s);
  EXPECT_FALSE(pulse.wants_ping(start + 19'499ms)) << "no round needs the link";
  EXPECT_TRUE(pulse.wants_ping(start + 19'500ms));
}

TEST(Pulse, WhoeverWasDialledGivesUpAsSoon) {
  Pulse pulse = calm(Role::acceptor);
  pulse.ping(start + 1500ms);
  EXPECT_FALSE(pulse.silent(start + 2999ms, std::nullopt));
  EXPECT_TRUE(pulse.silent(start + 3s, std::nullopt));
}

// The ping of a question that is not answered is not deferred, so there is as much time after it.
TEST(Pulse, WhoeverWasDialledWaitsForAnAnswerAsLong) {
  for (const Role role : {Role::dialler, Role::acceptor}) {
    Pulse pulse = calm(role);
    pulse.asked(start + 10s);
    ASSERT_TRUE(pulse.wants_ping(start + 11s));
    pulse.ping(start + 11s);
    EXPECT_FALSE(pulse.silent(start + 12'999ms, std::nullopt));
    EXPECT_TRUE(pulse.silent(start + 13s, std::nullopt));
  }
}

TEST(Pulse, MeasuresABusyLinkNowAndThen) {
  Pulse pulse = calm();
  pulse.needed(start + 4s);
  pulse.heard(start + 4999ms);
  EXPECT_FALSE(pulse.wants_ping(start + 4999ms));
  EXPECT_TRUE(pulse.wants_ping(start + 5s));
}

TEST(Pulse, APongThatNobodyAskedForMeasuresNothing) {
  Pulse pulse = calm();
  EXPECT_EQ(pulse.pong(0, start + 1s), std::nullopt);
  pulse.looked_after(start + 900ms);
  const auto id = pulse.ping(start + 1s);
  EXPECT_EQ(pulse.pong(id + 1, start + 1300ms), std::nullopt);
  EXPECT_EQ(pulse.pong(id, start + 1300ms), 300ms);
  EXPECT_EQ(pulse.pong(id, start + 1400ms), std::nullopt);
}

TEST(Pulse, SilenceTakesAPing) {
  Pulse pulse = calm();
  EXPECT_FALSE(pulse.silent(start + 1h, std::nullopt));
  pulse.ping(start + 1s);
  EXPECT_FALSE(pulse.silent(start + 2999ms, std::nullopt));
  EXPECT_TRUE(pulse.silent(start + 3s, std::nullopt));
}

TEST(Pulse, WhateverIsHeardIsASignOfLife) {
  Pulse pulse = calm();
  pulse.ping(start + 1s);
  pulse.heard(start + 2s);
  EXPECT_FALSE(pulse.silent(start + 4999ms, std::nullopt));
  EXPECT_TRUE(pulse.silent(start + 5s, std::nullopt));
}

TEST(Pulse, ALongLineGetsMoreTime) {
  Pulse pulse = calm();
  pulse.ping(start + 1s);
  EXPECT_FALSE(pulse.silent(start + 7999ms, 1s));
  EXPECT_TRUE(pulse.silent(start + 8s, 1s));
  EXPECT_TRUE(pulse.silent(start + 3s, 10ms));
}

TEST(Pulse, APauseOfThisPeerIsNoRoundTrip) {
  Pulse pulse = calm();
  pulse.looked_after(start + 900ms);
  const auto usual = pulse.ping(start + 1s);
  EXPECT_EQ(pulse.pong(usual, start + 1100ms), 100ms);
  const auto read_first = pulse.ping(start + 1200ms);
  EXPECT_EQ(pulse.pong(read_first, start + 4s), std::nullopt);
  pulse.looked_after(start + 4s);
  const auto read_later = pulse.ping(start + 5s);
  pulse.looked_after(start + 5s);
  pulse.looked_after(start + 9s);
  EXPECT_EQ(pulse.pong(read_later, start + 9s), std::nullopt);
  const auto again = pulse.ping(start + 9001ms);
  EXPECT_EQ(pulse.pong(again, start + 9100ms), 99ms);
}

TEST(Pulse, AfterAPauseTheOtherSideGetsItsTimeAnew) {
  Pulse pulse = calm();
  pulse.ping(start + 1s);
  pulse.excuse(start + 1h);
  EXPECT_FALSE(pulse.silent(start + 1h + 2999ms, std::nullopt));
  EXPECT_TRUE(pulse.silent(start + 1h + 3s, std::nullopt));
}

}  // namespace
}  // namespace moshpit
