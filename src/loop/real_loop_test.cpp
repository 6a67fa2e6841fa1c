#include "loop/real_loop.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <vector>

#include "loop/task_group.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

Task<> sleep_then_stop(RealLoop& real, Duration duration, Duration& slept) {
  const Time before = real.loop().now();
  co_await real.loop().sleep_for(duration);
  slept = real.loop().now() - before;
  real.stop();
}

Task<> wait_then_stop(RealLoop& real, Event& event, std::thread::id& thread) {
  co_await event.wait();  // no deadline: another thread sets it, or the test times out
  thread = std::this_thread::get_id();
  real.stop();
}

Task<> yield_for_ever(Loop& loop) {
  while (true) co_await loop.yield();
}

TEST(RealLoop, SleepsAtLeastAsLongAsAsked) {
  RealLoop real;
  Duration slept{0};
  TaskGroup tasks(real.loop());
  tasks.spawn(sleep_then_stop(real, 5ms, slept));
  real.run();
  EXPECT_GE(slept, 5ms);
}

TEST(RealLoop, PostFromAnotherThreadRunsOnTheLoopThread) {
  RealLoop real;
  Event event(real.loop());
  std::thread::id resumed_on;
  TaskGroup tasks(real.loop());
  tasks.spawn(wait_then_stop(real, event, resumed_on));
  std::thread other([&] { real.post([&event] { event.set(); }); });
  real.run();
  other.join();
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

TEST(RealLoop, PostsOfOneThreadRunInOrderAndNoneIsLost) {
  RealLoop real;
  std::vector<int> seen;
  std::thread other([&] {
    for (int i = 0; i < 10000; ++i) real.post([&seen, i] { seen.push_back(i); });
    real.stop();
  });
  real.run();
  other.join();
  ASSERT_EQ(seen.size(), 10000u);
  for (int i = 0; i < 10000; ++i) ASSERT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(RealLoop, StopBeforeRunIsNotForgotten) {
  RealLoop real;
  real.stop();
  real.run();
}

TEST(RealLoop, RunsAgainAfterStop) {
  RealLoop real;
  int runs = 0;
  for (int i = 0; i < 3; ++i) {
    real.post([&] { ++runs; });
    real.stop();
    real.run();
  }
  EXPECT_EQ(runs, 3);
}

TEST(RealLoop, CoroutinesThatYieldForEverStarveNeitherPostsNorTimers) {
  RealLoop real;
  Duration slept{0};
  bool posted = false;
  TaskGroup tasks(real.loop());
  tasks.spawn(yield_for_ever(real.loop()));
  tasks.spawn(sleep_then_stop(real, 1ms, slept));
  real.post([&] { posted = true; });
  real.run();
  EXPECT_TRUE(posted);
  EXPECT_GE(slept, 1ms);
}

struct Reposter {
  RealLoop& real;
  void operator()() const { asio::post(real.context(), *this); }
};

TEST(RealLoop, CompletionsThatNeverEndStarveNoTimer) {
  RealLoop real;
  Duration slept{0};
  TaskGroup tasks(real.loop());
  asio::post(real.context(), Reposter{real});
  tasks.spawn(sleep_then_stop(real, 1ms, slept));
  real.run();
  EXPECT_GE(slept, 1ms);
}

// What was posted and never ran may own a coroutine that waits on the loop.
TEST(RealLoop, DestroysWhatWasPostedBeforeTheLoopItself) {
  RealLoop real;
  auto tasks = std::make_shared<TaskGroup>(real.loop());
  Duration slept{0};
  tasks->spawn(sleep_then_stop(real, 1h, slept));
  real.loop().run_ready();
  real.post([tasks] { tasks->cancel(); });
}

TEST(RealLoop, SeedsDiffer) {
  RealLoop one;
  RealLoop other;
  EXPECT_NE(one.loop().random().next(), other.loop().random().next());
}

}  // namespace
}  // namespace moshpit
