#include "net/waiting.hpp"

#include <gtest/gtest.h>
#include <memory>

#include "loop/task_group.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Time start{};

// A coroutine that waits for a number until `start` + 1 s, and what it has come to.
struct Scene {
  Scene() : loop(1), tasks(std::make_unique<TaskGroup>(loop)) {
    tasks->spawn(wait());
    loop.run_ready();
  }

  Task<> wait() {
    Waiting<int> number(loop, start + 1s);
    source = Fulfilment(number);
    auto value = co_await number;
    resumed = true;
    outcome = value;
  }

  Loop loop;
  Fulfilment<int> source;
  bool resumed = false;
  std::optional<int> outcome;
  std::unique_ptr<TaskGroup> tasks;
};

TEST(Waiting, GetsTheValue) {
  Scene scene;
  EXPECT_TRUE(scene.source.wanted());
  scene.source.fulfil(7);
  EXPECT_FALSE(scene.source.wanted());
  EXPECT_FALSE(scene.resumed);  // from the loop, never from inside the call
  scene.loop.run_ready();
  EXPECT_EQ(scene.outcome, 7);
}

TEST(Waiting, GetsNothingAtItsDeadline) {
  Scene scene;
  scene.loop.advance(start + 1s);
  scene.loop.run_ready();
  EXPECT_TRUE(scene.resumed);
  EXPECT_EQ(scene.outcome, std::nullopt);
  EXPECT_FALSE(scene.source.wanted());
  scene.source.fulfil(7);
}

TEST(Waiting, AValueInTheSameMomentAsTheDeadlineCounts) {
  Scene scene;
  scene.loop.advance(start + 1s);
  scene.source.fulfil(7);
  scene.loop.run_ready();
  EXPECT_EQ(scene.outcome, 7);
}

TEST(Waiting, IsNeverResumedOnceItsSourceIsGone) {
  Scene scene;
  scene.source = Fulfilment<int>();
  scene.loop.advance(start + 1h);
  scene.loop.run_ready();
  EXPECT_FALSE(scene.resumed);
  scene.tasks.reset();
}

TEST(Waiting, IsResumedIfItsSourceGoesAfterTheValueWasGiven) {
  Scene scene;
  scene.source.fulfil(7);
  scene.source = Fulfilment<int>();
  scene.loop.run_ready();
  EXPECT_EQ(scene.outcome, 7);
}

TEST(Waiting, MayGoFirst) {
  Scene scene;
  scene.tasks.reset();
  EXPECT_FALSE(scene.source.wanted());
  scene.source.fulfil(7);
  scene.loop.run_ready();
  EXPECT_FALSE(scene.resumed);
}

TEST(Waiting, FollowsASourceThatIsMoved) {
  Scene scene;
  Fulfilment<int> moved(std::move(scene.source));
  moved.fulfil(7);
  scene.loop.run_ready();
  EXPECT_EQ(scene.outcome, 7);
}

}  // namespace
}  // namespace moshpit
