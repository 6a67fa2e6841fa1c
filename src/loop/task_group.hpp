// TaskGroup: owns tasks that run side by side. Destroying the group cancels them all; it must not
// be destroyed from inside one of its own tasks. One thread.
#pragma once

#include <cstddef>
#include <list>

#include "loop/event.hpp"
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

  std::size_t running() const { return children_.size(); }

  // Destroys all tasks, in the order in which they came. Requires: not called by one of them.
  void cancel();

  // Until every task has ended. A deadline is the caller's business: the tasks have theirs.
  Event::Wait join() { return empty_.wait(); }
  Event::Wait join_until(Time deadline) { return empty_.wait_until(deadline); }

 private:
  // A coroutine without an owner but the group: it leaves the list by itself when it ends.
  class Child {
   public:
    struct promise_type;
    using Handle = std::coroutine_handle<promise_type>;
    explicit Child(Handle handle) : handle_(handle) {}
    Child(Child&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    ~Child() {
      if (handle_) handle_.destroy();
    }
    Handle handle_;
  };
  using Children = std::list<Child>;

  Child run(Task<> task);
  void remove(Children::iterator child);

  Loop& loop_;
  Children children_;
  Event empty_;
};

}  // namespace moshpit
