#include "loop/event.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <string>

#include "loop/task_group.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Time start{};

Task<> wait_then_note(Event& event, std::string& log, char name) {
  co_await event.wait();  // no deadline: the test sets it or cancels
  log += name;
}

Task<> wait_until_then_note(Event& event, Time deadline, std::string& log) {
  const bool in_time = co_await event.wait_until(deadline);
  log += in_time ? 'e' : 'd';
}

class EventTest : public testing::Test {
 protected:
  Loop loop_{1};
  Event event_{loop_};
  std::string log_;
  TaskGroup tasks_{loop_};
};

TEST_F(EventTest, WakesAllInTheOrderInWhichTheyCame) {
  for (const char name : {'a', 'b', 'c'}) tasks_.spawn(wait_then_note(event_, log_, name));
  loop_.run_ready();
  EXPECT_EQ(log_, "");
  event_.set();
  EXPECT_EQ(log_, "") << "nobody is resumed from inside set()";
  loop_.run_ready();
  EXPECT_EQ(log_, "abc");
}

TEST_F(EventTest, StaysSetUntilReset) {
  event_.set();
  tasks_.spawn(wait_then_note(event_, log_, 'a'));
  loop_.run_ready();
  EXPECT_EQ(log_, "a");
  event_.reset();
  tasks_.spawn(wait_then_note(event_, log_, 'b'));
  loop_.run_ready();
  EXPECT_EQ(log_, "a");
}

// Whoever was woken runs, even if the event is reset before its turn comes.
TEST_F(EventTest, ResetAfterSetDoesNotTakeTheWakingBack) {
  tasks_.spawn(wait_until_then_note(event_, start + 1s, log_));
  loop_.run_ready();
  event_.set();
  event_.reset();
  loop_.run_ready();
  EXPECT_EQ(log_, "e");
}

TEST_F(EventTest, DeadlineComesFirst) {
  tasks_.spawn(wait_until_then_note(event_, start + 1s, log_));
  loop_.run_ready();
  loop_.advance(start + 1s);
  event_.set();
  loop_.run_ready();
  EXPECT_EQ(log_, "d") << "the event came after the deadline, if only just";
}

TEST_F(EventTest, EventComesFirstAndTakesTheTimerAlong) {
  tasks_.spawn(wait_until_then_note(event_, start + 1s, log_));
  loop_.run_ready();
  event_.set();
  EXPECT_FALSE(loop_.next_timer());
  loop_.advance(start + 1s);
  loop_.run_ready();
  EXPECT_EQ(log_, "e");
}

TEST_F(EventTest, DeadlineInThePastEndsTheWaitAtTheNextTurn) {
  loop_.advance(start + 5s);
  tasks_.spawn(wait_until_then_note(event_, start + 1s, log_));
  loop_.run_ready();
  EXPECT_EQ(log_, "");
  loop_.advance(loop_.now());
  loop_.run_ready();
  EXPECT_EQ(log_, "d");
}

TEST_F(EventTest, SetEventBeatsADeadlineInThePast) {
  loop_.advance(start + 5s);
  event_.set();
  tasks_.spawn(wait_until_then_note(event_, start + 1s, log_));
  loop_.run_ready();
  EXPECT_EQ(log_, "e");
}

TEST_F(EventTest, CancelledWaiterIsForgottenAndTheOthersKeepTheirOrder) {
  tasks_.spawn(wait_then_note(event_, log_, 'a'));
  {
    TaskGroup cancelled(loop_);
    cancelled.spawn(wait_then_note(event_, log_, 'x'));
    loop_.run_ready();
  }
  tasks_.spawn(wait_then_note(event_, log_, 'b'));
  loop_.run_ready();
  event_.set();
  loop_.run_ready();
  EXPECT_EQ(log_, "ab");
}

TEST_F(EventTest, CancelledBetweenSetAndItsTurn) {
  tasks_.spawn(wait_then_note(event_, log_, 'a'));
  loop_.run_ready();
  event_.set();
  tasks_.cancel();
  loop_.run_ready();
  EXPECT_EQ(log_, "");
}

TEST_F(EventTest, DestroyedEventLeavesItsWaitersToTheirDeadlines) {
  std::optional<Event> event(loop_);
  tasks_.spawn(wait_until_then_note(*event, start + 1s, log_));
  tasks_.spawn(wait_then_note(*event, log_, 'x'));
  loop_.run_ready();
  event.reset();
  loop_.advance(start + 1s);
  loop_.run_ready();
  EXPECT_EQ(log_, "d");
  tasks_.cancel();
}

}  // namespace
}  // namespace moshpit
