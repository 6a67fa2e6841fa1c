#include "loop/task_group.hpp"

#include <exception>

namespace moshpit {

struct TaskGroup::Run::promise_type : Child {
  using Handle = std::coroutine_handle<promise_type>;

  Run get_return_object() {
    coroutine = Handle::from_promise(*this);
    return Run{*this};
  }
  std::suspend_always initial_suspend() noexcept { return {}; }
  struct Final {
    bool await_ready() noexcept { return false; }
    // Destroys the frame that this stands in; nothing of it is touched afterwards.
    void await_suspend(Handle self) noexcept { self.promise().group->end(self.promise()); }
    void await_resume() noexcept {}
  };
  Final final_suspend() noexcept { return {}; }
  void return_void() noexcept {}
  [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
};

TaskGroup::Run TaskGroup::run(Task<> task) {
  co_await loop_.yield();
  co_await task;
}

void TaskGroup::spawn(Task<> task) {
  empty_.reset();
  Child& child = run(std::move(task)).child;
  child.group = this;
  children_.push_back(child);
  ++running_;
  child.coroutine.resume();
}

void TaskGroup::end(Child& child) {
  child.unlink();
  --running_;
  child.coroutine.destroy();
  if (running_ == 0) empty_.set();
}

void TaskGroup::cancel() {
  // Out of the member first: what a task's destructors do to the group must find it in order.
  IntrusiveList<Child> cancelled;
  cancelled.append(children_);
  running_ = 0;
  while (!cancelled.empty()) {
    Child& child = cancelled.front();
    child.unlink();
    child.coroutine.destroy();
  }
  if (running_ == 0) empty_.set();
}

}  // namespace moshpit
