// Promise R4: who is suspected and when, and that a round ends by its deadline whatever the others
// do.
#include <gtest/gtest.h>

#include "reduce/round_table.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

std::vector<Member> some_members(std::size_t count) {
  Random random(11);
  return random_members(count, 2000, random);
}

// Delivers all frames except those from one member.
void run_without(RoundTable& table, std::size_t silent) {
  table.collect();
  while (!table.flights.empty()) {
    if (table.flights[0].from == silent) {
      table.flights.erase(table.flights.begin());
    } else {
      table.deliver(0);
    }
    table.collect();
  }
}

// Time passes, and frames with it.
void pass_without(RoundTable& table, Duration duration, std::size_t silent) {
  for (const Time end = table.now + duration; table.now < end;) {
    table.pass(100ms);
    run_without(table, silent);
  }
}

TEST(ReducerSilence, ASilentSenderIsLeftOutAfterTheSendersLimitAndNotBefore) {
  RoundTable table(some_members(3), {true, false, false});
  run_without(table, 2);
  pass_without(table, 1s, 2);
  EXPECT_FALSE(table[0].settled());
  pass_without(table, 300ms, 2);
  ASSERT_TRUE(table[0].settled());
  for (const ChunkReport& chunk : table[0].chunks())
    EXPECT_EQ(chunk.contributors, MemberSet(0b011));
  ASSERT_EQ(table[0].losses().size(), 1u);
  EXPECT_EQ(table[0].losses()[0].member, 2u);
  EXPECT_EQ(table[0].losses()[0].reason, LossReason::silent);
  EXPECT_EQ(table[0].losses()[0].sentence, "sent nothing for 1.1 s");
  table.crash(2);
  judge(table);
}

TEST(ReducerSilence, ASilentOwnersChunksAreTakenOverAfterTheLimitAndNotBefore) {
  RoundTable table(some_members(3), {false, true, true});
  run_without(table, 2);
  pass_without(table, 1s, 2);
  EXPECT_FALSE(table[0].settled());
  EXPECT_EQ(table[1].take_overs(), 0u);
  pass_without(table, 400ms, 2);
  for (std::size_t member : {0u, 1u}) {
    ASSERT_TRUE(table[member].finished());
    EXPECT_EQ(table[member].view(), MemberSet(0b011));
    EXPECT_EQ(table[member].take_overs(), 1u);
    for (const ChunkReport& chunk : table[member].chunks()) {
      EXPECT_TRUE(chunk.averaged);
      EXPECT_EQ(chunk.contributors, MemberSet(0b011));
    }
    ASSERT_EQ(table[member].losses().size(), 1u);
    EXPECT_EQ(table[member].losses()[0].member, 2u);
    EXPECT_EQ(table[member].losses()[0].reason, LossReason::silent);
  }
  table.crash(2);
  judge(table);
}

// An author that waits for a silent contributor itself is not silent.
TEST(ReducerSilence, WhoWaitsShowsThatItIsThere) {
  RoundTable table(some_members(3), {false, true, false});
  run_without(table, 2);
  pass_without(table, 1400ms, 2);
  ASSERT_TRUE(table[0].finished());
  EXPECT_EQ(table[0].view(), MemberSet(0b111));
}

TEST(ReducerSilence, ProgressHoweverSlowIsNoSilence) {
  RoundTable table(some_members(2), {true, false});
  table.collect();
  const std::size_t frames = table.flights.size();
  ASSERT_EQ(frames, 8u);
  while (!table.flights.empty()) {
    table.pass(800ms);
    table.deliver(0);
  }
  EXPECT_TRUE(table[0].settled());
  EXPECT_TRUE(table[0].losses().empty());
}

TEST(ReducerSilence, WhoHasNothingMoreToSendIsNeverSuspected) {
  // Member 1 owns nothing and has sent everything; member 2 is slow. Only member 2 is ever
  // suspected.
  RoundTable table(some_members(3), {true, false, false});
  run_without(table, 2);
  table.pass(2s);
  ASSERT_TRUE(table[0].settled());
  for (const auto& loss : table[0].losses()) EXPECT_EQ(loss.member, 2u);
}

TEST(ReducerSilence, TheRoundEndsByItsDeadlineAlsoWhenThePeersOnlyTrickle) {
  RoundTable table(some_members(2));
  table.collect();
  // One frame every 0.9 s is progress, but the round would take longer than it may.
  while (table.now < Time{} + 10s && !table.flights.empty()) {
    table.pass(900ms);
    const auto next = std::find_if(table.flights.begin(), table.flights.end(),
                                   [](const auto& flight) { return flight.to == 0; });
    if (next == table.flights.end()) break;
    table.deliver(static_cast<std::size_t>(next - table.flights.begin()));
  }
  table.pass(Time{} + 10s - table.now);
  EXPECT_TRUE(table[0].settled());
  EXPECT_TRUE(table[1].settled());
  judge(table);
}

TEST(ReducerSilence, ContributionsCloseWhileThereIsTimeToBringTheResults) {
  RoundTable table(some_members(3), {true, false, false});
  table.collect();
  std::erase_if(table.flights, [](const auto& flight) {
    return flight.from == 2 && decode_chunk(flight.frame)->header.chunk >= 7;
  });
  std::vector<RoundTable::Flight> slow;
  for (auto& flight : table.flights) {
    if (flight.from == 2) slow.push_back(flight);
  }
  std::erase_if(table.flights, [](const auto& flight) { return flight.from == 2; });
  while (!table.flights.empty()) table.deliver(0);
  for (auto& flight : slow) {
    table.pass(900ms);
    table[0].receive(2, flight.frame, table.now);
  }
  EXPECT_FALSE(table[0].settled());
  table.pass(800ms);
  ASSERT_LE(table.now, Time{} + 7100ms);
  EXPECT_TRUE(table[0].settled());
  EXPECT_EQ(table[0].chunks()[0].contributors, MemberSet(0b111));
  EXPECT_EQ(table[0].chunks()[7].contributors, MemberSet(0b011));
}

TEST(ReducerSilence, WhoPausedItselfReadsBeforeItSuspects) {
  RoundTable table(some_members(2));
  table.pass(500ms);
  table.now += 5s;  // this member's machine slept; frames wait in its sockets
  table[0].tick(table.now);
  table[1].tick(table.now);
  EXPECT_TRUE(table[0].losses().empty());
  Random random(1);
  table.run(random);
  EXPECT_TRUE(table[0].losses().empty());
  EXPECT_EQ(table[0].chunks()[0].contributors.count(), 2u);
  judge(table);
}

TEST(ReducerSilence, AfterThePauseSilenceIsSilenceAgain) {
  RoundTable table(some_members(2));
  table.now += 5s;
  table.pass(1300ms);
  ASSERT_EQ(table[0].losses().size(), 1u);
}

TEST(ReducerSilence, APauseBeyondTheDeadlineEndsTheRound) {
  RoundTable table(some_members(2));
  table.now += 20s;
  table[0].tick(table.now);
  EXPECT_TRUE(table[0].settled());
  EXPECT_EQ(table.result(0).values, table.members[0].values);
}

TEST(ReducerSilence, TheNextTickIsDueBeforeAnybodyWithAShorterLimitMissesUsAndAtTheDeadline) {
  RoundTable table(some_members(2));
  EXPECT_EQ(table[0].next_tick(), Time{} + 150ms);
  table[0].tick(Time{} + 9900ms);
  EXPECT_EQ(table[0].next_tick(), Time{} + 10s);
}

TEST(ReducerSilence, ATickIsDueAsSoonAsSomebodyHasBeenSilentForTooLong) {
  RoundTable table(some_members(2));
  while (table[0].next_tick() < Time{} + 1s) table[0].tick(table[0].next_tick());
  EXPECT_EQ(table[0].next_tick(), Time{} + 1s + 1ns);
  table[0].tick(table[0].next_tick());
  ASSERT_EQ(table[0].losses().size(), 1u);
  EXPECT_EQ(table[0].losses()[0].sentence, "sent nothing for 1.0 s");
}

TEST(ReducerSilence, WhoIsHeardAgainGetsItsFrames) {
  RoundTable table(some_members(3));
  Reducer& one = table[0];
  auto mine = table[1].next_frame(0);
  one.disconnected(1, "could not be reached", table.now);
  EXPECT_FALSE(one.next_frame(1));
  ASSERT_EQ(one.losses().size(), 1u);
  EXPECT_EQ(one.losses()[0].reason, LossReason::disconnected);
  EXPECT_EQ(one.losses()[0].sentence, "could not be reached");
  EXPECT_EQ(one.take_overs(), 0u) << "the third member has not answered";
  one.receive(1, std::move(*mine).joined(), table.now);
  EXPECT_TRUE(one.next_frame(1));
}

}  // namespace
}  // namespace moshpit
