#include "loop/task_group.hpp"

#include <exception>

namespace moshpit {

struct TaskGroup::Child::promise_type {
  TaskGroup* group = nullptr;
  Children::iterator place;

  Child get_return_object() { return Child(Handle::from_promise(*this)); }
  std::suspend_always initial_suspend() noexcept { return {}; }
  struct Final {
    bool await_ready() noexcept { return false; }
    // Destroys the frame that this stands in; nothing of it is touched afterwards.
    void await_suspend(Handle self) noexcept { self.promise().group->remove(self.promise().place); }
    void await_resume() noexcept {}
  };
  Final final_suspend() noexcept { return {}; }
  void return_void() noexcept {}
  [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
};

TaskGroup::Child TaskGroup::run(Task<> task) {
  co_await loop_.yield();
  co_await task;
}

void TaskGroup::spawn(Task<> task) {
  empty_.reset();
  children_.push_back(run(std::move(task)));
  Child::promise_type& promise = children_.back().handle_.promise();
  promise.group = this;
  promise.place = std::prev(children_.end());
  children_.back().handle_.resume();
}

void TaskGroup::remove(Children::iterator child) {
  children_.erase(child);
  if (children_.empty()) empty_.set();
}

void TaskGroup::cancel() {
  // Out of the member first: what a task's destructors do to the group must find it in order.
  Children cancelled = std::exchange(children_, {});
  cancelled.clear();
  if (children_.empty()) empty_.set();
}

}  // namespace moshpit
