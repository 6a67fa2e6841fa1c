#include "loop/task_group.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Time start{};

Task<> sleep_then_note(Loop& loop, Duration duration, std::string& log, char name) {
  co_await loop.sleep_for(duration);
  log += name;
}

Task<> join_then_note(TaskGroup& group, std::string& log) {
  co_await group.join();  // no deadline: the test lets the tasks end
  log += 'j';
}

Task<> join_until_then_note(TaskGroup& group, Time deadline, std::string& log) {
  const bool in_time = co_await group.join_until(deadline);
  log += in_time ? 'j' : 'd';
}

Task<> spawn_another(Loop& loop, TaskGroup& group, int generations, int& born) {
  ++born;
  if (generations > 0) group.spawn(spawn_another(loop, group, generations - 1, born));
  co_await loop.yield();
}

class AtEnd {
 public:
  explicit AtEnd(std::function<void()> action) : action_(std::move(action)) {}
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;
  ~AtEnd() { action_(); }

 private:
  std::function<void()> action_;
};

Task<> act_when_cancelled(Loop& loop, std::function<void()> action) {
  const AtEnd at_end(std::move(action));
  co_await loop.sleep_for(1h);
}

class TaskGroupTest : public testing::Test {
 protected:
  Loop loop_{1};
  std::string log_;
  TaskGroup outer_{loop_};
};

TEST_F(TaskGroupTest, StartsNothingInsideSpawn) {
  outer_.spawn(sleep_then_note(loop_, 0s, log_, 'a'));
  EXPECT_EQ(log_, "");
  EXPECT_EQ(outer_.running(), 1u);
  loop_.run_ready();
  EXPECT_EQ(log_, "a");
  EXPECT_EQ(outer_.running(), 0u);
}

TEST_F(TaskGroupTest, StartsInTheOrderOfSpawning) {
  for (const char name : {'a', 'b', 'c'}) outer_.spawn(sleep_then_note(loop_, 0s, log_, name));
  loop_.run_ready();
  EXPECT_EQ(log_, "abc");
}

TEST_F(TaskGroupTest, JoinWaitsForTheLast) {
  TaskGroup group(loop_);
  group.spawn(sleep_then_note(loop_, 2s, log_, 'b'));
  group.spawn(sleep_then_note(loop_, 1s, log_, 'a'));
  outer_.spawn(join_then_note(group, log_));
  for (int i = 0; i <= 2; ++i) {
    loop_.advance(start + i * 1s);
    loop_.run_ready();
  }
  EXPECT_EQ(log_, "abj");
}

TEST_F(TaskGroupTest, JoinOfAnEmptyGroupIsImmediate) {
  TaskGroup group(loop_);
  outer_.spawn(join_then_note(group, log_));
  loop_.run_ready();
  EXPECT_EQ(log_, "j");
}

TEST_F(TaskGroupTest, JoinUntilGivesUpAndTheTasksGoOn) {
  TaskGroup group(loop_);
  group.spawn(sleep_then_note(loop_, 2s, log_, 'a'));
  outer_.spawn(join_until_then_note(group, start + 1s, log_));
  for (int i = 0; i <= 2; ++i) {
    loop_.advance(start + i * 1s);
    loop_.run_ready();
  }
  EXPECT_EQ(log_, "da");
}

TEST_F(TaskGroupTest, CancelEndsAllAndTheGroupCanBeUsedAgain) {
  TaskGroup group(loop_);
  group.spawn(sleep_then_note(loop_, 1s, log_, 'x'));
  outer_.spawn(join_then_note(group, log_));
  loop_.run_ready();
  group.cancel();
  EXPECT_EQ(group.running(), 0u);
  loop_.run_ready();
  EXPECT_EQ(log_, "j");
  group.spawn(sleep_then_note(loop_, 0s, log_, 'a'));
  loop_.run_ready();
  EXPECT_EQ(log_, "ja");
}

TEST_F(TaskGroupTest, CancelledBeforeTheyStarted) {
  outer_.spawn(sleep_then_note(loop_, 0s, log_, 'x'));
  outer_.cancel();
  EXPECT_FALSE(loop_.has_ready());
  loop_.run_ready();
  EXPECT_EQ(log_, "");
}

TEST_F(TaskGroupTest, DestroyingTheGroupCancels) {
  {
    TaskGroup group(loop_);
    group.spawn(sleep_then_note(loop_, 1s, log_, 'x'));
    loop_.run_ready();
  }
  EXPECT_FALSE(loop_.next_timer());
}

TEST_F(TaskGroupTest, TasksSpawnTasksInTheirOwnGroup) {
  int born = 0;
  outer_.spawn(spawn_another(loop_, outer_, 9, born));
  loop_.run_ready();
  EXPECT_EQ(born, 10);
  EXPECT_EQ(outer_.running(), 0u);
}

TEST_F(TaskGroupTest, CancelSurvivesDestructorsThatCancelAndSpawn) {
  outer_.spawn(act_when_cancelled(loop_, [this] { outer_.cancel(); }));
  outer_.spawn(
      act_when_cancelled(loop_, [this] { outer_.spawn(sleep_then_note(loop_, 0s, log_, 'a')); }));
  outer_.spawn(act_when_cancelled(loop_, [this] { log_ += 'c'; }));
  loop_.run_ready();
  outer_.cancel();
  EXPECT_EQ(log_, "c");
  EXPECT_EQ(outer_.running(), 1u);
  loop_.run_ready();
  EXPECT_EQ(log_, "ca");
}

// A task may end another group; the tasks of that one are gone before the call returns.
TEST_F(TaskGroupTest, TaskDestroysAnotherGroup) {
  std::optional<TaskGroup> other(std::in_place, loop_);
  other->spawn(sleep_then_note(loop_, 1s, log_, 'x'));
  const auto destroy = [](std::optional<TaskGroup>& group) -> Task<> {
    group.reset();
    co_return;
  };
  outer_.spawn(destroy(other));
  loop_.run_ready();
  EXPECT_FALSE(loop_.next_timer());
  EXPECT_EQ(outer_.running(), 0u);
}

// Many tasks that end in one turn: each leaves the list by itself.
TEST_F(TaskGroupTest, ThousandsComeAndGo) {
  int born = 0;
  for (int i = 0; i < 5000; ++i) outer_.spawn(spawn_another(loop_, outer_, 1, born));
  loop_.run_ready();
  EXPECT_EQ(born, 10000);
  EXPECT_EQ(outer_.running(), 0u);
}

}  // namespace
}  // namespace moshpit
