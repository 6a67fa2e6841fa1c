#include "loop/loop.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <string>

#include "loop/task_group.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Time start{};

Task<> sleep_then_note(Loop& loop, Duration duration, std::string& log, char name) {
  co_await loop.sleep_for(duration);
  log += name;
}

Task<> yield_between_notes(Loop& loop, int times, std::string& log, char name) {
  for (int i = 0; i < times; ++i) {
    log += name;
    co_await loop.yield();
  }
}

TEST(Loop, TimersFireInTheOrderOfTheirTimes) {
  Loop loop(1);
  std::string log;
  TaskGroup tasks(loop);
  tasks.spawn(sleep_then_note(loop, 3s, log, 'c'));
  tasks.spawn(sleep_then_note(loop, 1s, log, 'a'));
  tasks.spawn(sleep_then_note(loop, 2s, log, 'b'));
  loop.run_ready();
  EXPECT_EQ(log, "");
  loop.advance(start + 10s);
  loop.run_ready();
  EXPECT_EQ(log, "abc");
}

TEST(Loop, TimersOfOneTimeFireInTheOrderOfTheirCalls) {
  Loop loop(1);
  std::string log;
  TaskGroup tasks(loop);
  for (const char name : {'a', 'b', 'c'}) tasks.spawn(sleep_then_note(loop, 1s, log, name));
  loop.run_ready();
  loop.advance(start + 1s);
  loop.run_ready();
  EXPECT_EQ(log, "abc");
}

TEST(Loop, TimerFiresAtItsTimeAndNotBefore) {
  Loop loop(1);
  std::string log;
  TaskGroup tasks(loop);
  tasks.spawn(sleep_then_note(loop, 1s, log, 'a'));
  loop.run_ready();
  EXPECT_EQ(loop.next_timer(), start + 1s);
  loop.advance(start + 1s - 1ns);
  loop.run_ready();
  EXPECT_EQ(log, "");
  loop.advance(start + 1s);
  loop.run_ready();
  EXPECT_EQ(log, "a");
  EXPECT_EQ(loop.next_timer(), std::nullopt);
}

TEST(Loop, SleepUntilThePastDoesNotSuspend) {
  Loop loop(1, start + 5s);
  std::string log;
  TaskGroup tasks(loop);
  tasks.spawn(sleep_then_note(loop, 0s, log, 'a'));
  tasks.spawn(sleep_then_note(loop, -1s, log, 'b'));
  loop.run_ready();
  EXPECT_EQ(log, "ab");
}

TEST(Loop, TimeNeverGoesBack) {
  Loop loop(1, start + 5s);
  loop.advance(start + 1s);
  EXPECT_EQ(loop.now(), start + 5s);
}

TEST(Loop, YieldLetsTheOthersGoFirst) {
  Loop loop(1);
  std::string log;
  TaskGroup tasks(loop);
  tasks.spawn(yield_between_notes(loop, 3, log, 'a'));
  tasks.spawn(yield_between_notes(loop, 2, log, 'b'));
  loop.run_ready();
  EXPECT_EQ(log, "ababa");
}

TEST(Loop, RunNextResumesOne) {
  Loop loop(1);
  std::string log;
  TaskGroup tasks(loop);
  tasks.spawn(yield_between_notes(loop, 1, log, 'a'));
  tasks.spawn(yield_between_notes(loop, 1, log, 'b'));
  EXPECT_TRUE(loop.run_next());
  EXPECT_EQ(log, "a");
  loop.run_ready();
  EXPECT_FALSE(loop.run_next());
  EXPECT_FALSE(loop.has_ready());
}

TEST(Loop, CancelledSleeperLeavesNoTimer) {
  Loop loop(1);
  std::string log;
  TaskGroup tasks(loop);
  tasks.spawn(sleep_then_note(loop, 1s, log, 'a'));
  loop.run_ready();
  ASSERT_TRUE(loop.next_timer());
  tasks.cancel();
  EXPECT_FALSE(loop.next_timer());
  loop.advance(start + 2s);
  loop.run_ready();
  EXPECT_EQ(log, "");
}

// Its timer has fired and it stands in the queue: cancelling takes it out of there too.
TEST(Loop, CancelledWhileReadyNeverRuns) {
  Loop loop(1);
  std::string log;
  TaskGroup tasks(loop);
  tasks.spawn(sleep_then_note(loop, 1s, log, 'a'));
  loop.run_ready();
  loop.advance(start + 1s);
  ASSERT_TRUE(loop.has_ready());
  tasks.cancel();
  EXPECT_FALSE(loop.has_ready());
  loop.run_ready();
  EXPECT_EQ(log, "");
}

TEST(Loop, SameSeedSameRandom) {
  Loop one(3);
  Loop other(3);
  EXPECT_EQ(one.random().next(), other.random().next());
}

}  // namespace
}  // namespace moshpit
