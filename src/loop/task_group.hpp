// TaskGroup: owns tasks that run side by side. Destroying the group cancels them all; it must not
// be destroyed from inside one of its own tasks. One thread.
#pragma once

#include <cstddef>

#include "loop/event.hpp"
#include "loop/intrusive_list.hpp"
#include "loop/task.hpp"

namespace moshpit {

class TaskGroup {
 public:
  explicit TaskGroup(Loop& loop) : loop_(loop), empty_(loop) { empty_.set(); }
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup() { cancel(); }

  // The task starts from the loop, never inside this call.
  void spawn(Task<> task);

  std::size_t running() const { return running_; }

  // Destroys all tasks, in the order in which they came. Requires: not called by one of them.
  void cancel();

  // Until every task has ended. A deadline is the caller's business: the tasks have theirs.
  Event::Wait join() { return empty_.wait(); }
  Event::Wait join_until(Time deadline) { return empty_.wait_until(deadline); }

 private:
  // A coroutine without an owner but the group: it leaves the list by itself when it ends.
  struct Child : ListHook {
    TaskGroup* group = nullptr;
    std::coroutine_handle<> coroutine;
  };
  struct Run {
    struct promise_type;
    Child& child;
  };

  Run run(Task<> task);
  void end(Child& child);

  Loop& loop_;
  IntrusiveList<Child> children_;
  std::size_t running_ = 0;
  Event empty_;
};

}  // namespace moshpit
