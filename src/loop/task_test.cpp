#include "loop/task.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>

#include "loop/event.hpp"
#include "loop/task_group.hpp"

namespace moshpit {
namespace {

// Notes its end: shows what a cancelled coroutine cleans up, and in which order.
class Farewell {
 public:
  Farewell(std::string& log, char name) : log_(log), name_(name) {}
  Farewell(const Farewell&) = delete;
  Farewell& operator=(const Farewell&) = delete;
  ~Farewell() { log_ += name_; }

 private:
  std::string& log_;
  char name_;
};

Task<int> give(int value) { co_return value; }

Task<std::unique_ptr<int>> give_pointer(std::unique_ptr<int> value) { co_return value; }

Task<> note(std::string& log, char name) {
  log += name;
  co_return;
}

Task<> give_up() { co_return; }

Task<int> add_up(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    const int value = co_await give(1);
    sum += value;
  }
  co_return sum;
}

// The two kinds of ends in turn: at once, and after a suspension.
Task<int> add_up_with_pauses(Loop& loop, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    const int value = co_await give(1);
    sum += value;
    if (i % 3 == 0) co_await loop.yield();
  }
  co_return sum;
}

Task<int> descend(Loop& loop, int depth) {
  if (depth == 0) {
    co_await loop.yield();
    co_return 0;
  }
  const int below = co_await descend(loop, depth - 1);
  co_return below + 1;
}

Task<> store(Task<int> task, int& out) {
  const int value = co_await task;
  out = value;
}

Task<> wait_at_the_bottom(Event& event, std::string& log) {
  const Farewell farewell(log, '3');
  co_await event.wait();  // no deadline: the test cancels
  log += '!';
}

Task<> wait_in_the_middle(Event& event, std::string& log) {
  const Farewell farewell(log, '2');
  co_await wait_at_the_bottom(event, log);
}

Task<> wait_at_the_top(Event& event, std::string& log) {
  const Farewell farewell(log, '1');
  co_await wait_in_the_middle(event, log);
}

Task<> say_farewell(std::string& log, [[maybe_unused]] std::unique_ptr<Farewell> argument) {
  const Farewell farewell(log, '1');
  co_return;
}

class TaskTest : public testing::Test {
 protected:
  int run(Task<int> task) {
    int out = -1;
    TaskGroup tasks(loop_);
    tasks.spawn(store(std::move(task), out));
    loop_.run_ready();
    return out;
  }

  Loop loop_{1};
  std::string log_;
};

TEST_F(TaskTest, IsLazy) {
  const Task<> task = note(log_, 'a');
  EXPECT_EQ(log_, "");
}

TEST_F(TaskTest, ReturnsItsValue) { EXPECT_EQ(run(give(7)), 7); }

// Compiled without optimisation, a symmetric transfer for every child would end the stack here.
TEST_F(TaskTest, LongLoopOverChildrenThatEndAtOnceDoesNotGrowTheStack) {
  EXPECT_EQ(run(add_up(1'000'000)), 1'000'000);
}

TEST_F(TaskTest, LongLoopOverChildrenOfBothKinds) {
  EXPECT_EQ(run(add_up_with_pauses(loop_, 300'000)), 300'000);
}

TEST_F(TaskTest, DeepChainComesBack) { EXPECT_EQ(run(descend(loop_, 1000)), 1000); }

TEST_F(TaskTest, MovesItsValueOut) {
  auto task = give_pointer(std::make_unique<int>(7));
  Task<std::unique_ptr<int>> moved;
  moved = std::move(task);
  int out = 0;
  const auto store_pointer = [](Task<std::unique_ptr<int>> inner, int& to) -> Task<> {
    const auto value = co_await inner;
    to = *value;
  };
  TaskGroup tasks(loop_);
  tasks.spawn(store_pointer(std::move(moved), out));
  loop_.run_ready();
  EXPECT_EQ(out, 7);
}

TEST_F(TaskTest, CancelledBeforeItStartedDestroysItsArguments) {
  {
    const Task<> task = say_farewell(log_, std::make_unique<Farewell>(log_, 'a'));
    EXPECT_EQ(log_, "");
  }
  EXPECT_EQ(log_, "a");
}

TEST_F(TaskTest, CancelledWhileItWaitsUnwindsFromTheInsideOut) {
  Event event(loop_);
  TaskGroup tasks(loop_);
  tasks.spawn(wait_at_the_top(event, log_));
  loop_.run_ready();
  EXPECT_EQ(log_, "");
  tasks.cancel();
  EXPECT_EQ(log_, "321");
  event.set();
  EXPECT_FALSE(loop_.has_ready());
}

TEST_F(TaskTest, CancelledWhileItIsReadyUnwindsAndNeverRuns) {
  Event event(loop_);
  TaskGroup tasks(loop_);
  tasks.spawn(wait_at_the_top(event, log_));
  loop_.run_ready();
  event.set();
  tasks.cancel();
  loop_.run_ready();
  EXPECT_EQ(log_, "321");
}

TEST_F(TaskTest, EndsFromTheInsideOutAndLeavesNothingBehind) {
  Event event(loop_);
  TaskGroup tasks(loop_);
  tasks.spawn(wait_at_the_top(event, log_));
  loop_.run_ready();
  event.set();
  loop_.run_ready();
  EXPECT_EQ(log_, "!321");
  EXPECT_EQ(tasks.running(), 0u);
}

TEST_F(TaskTest, AssignmentCancelsTheOldTask) {
  Task<> task = say_farewell(log_, std::make_unique<Farewell>(log_, 'a'));
  task = say_farewell(log_, std::make_unique<Farewell>(log_, 'b'));
  EXPECT_EQ(log_, "a");
}

Task<> await_twice() {
  Task<> task = give_up();
  co_await task;
  co_await task;
}

Task<> await_nothing() {
  Task<> task;
  co_await task;
}

TEST(TaskDeathTest, AwaitedTwiceOrEmptyIsABug) {
  Loop loop(1);
  TaskGroup tasks(loop);
  tasks.spawn(await_twice());
  EXPECT_DEATH(loop.run_ready(), "this must hold");
  tasks.cancel();
  tasks.spawn(await_nothing());
  EXPECT_DEATH(loop.run_ready(), "this must hold");
}

}  // namespace
}  // namespace moshpit
