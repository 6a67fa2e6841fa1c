// Event: a flag that coroutines wait for. It stays set until it is reset.
#pragma once

#include <coroutine>
#include <optional>

#include "loop/loop.hpp"

namespace moshpit {

class Event {
 public:
  explicit Event(Loop& loop) : loop_(loop) {}

  bool is_set() const { return set_; }
  void reset() { set_ = false; }

  // Wakes all who wait; they run in the order in which they came.
  void set() {
    set_ = true;
    while (!waiters_.empty()) waiters_.front().wake();
  }

  class Wait : public Waiter {
   public:
    Wait(Event& event, std::optional<Time> deadline)
        : Waiter(event.loop_), event_(event), deadline_(deadline) {}
    bool await_ready() const { return event_.set_; }
    void await_suspend(std::coroutine_handle<> coroutine) {
      suspend(coroutine, deadline_);
      event_.waiters_.push_back(*this);
    }
    // True if the event came, false if the deadline did.
    bool await_resume() const { return in_time(); }

   private:
    Event& event_;
    std::optional<Time> deadline_;
  };

  Wait wait() { return Wait(*this, std::nullopt); }
  Wait wait_until(Time deadline) { return Wait(*this, deadline); }

 private:
  Loop& loop_;
  bool set_ = false;
  IntrusiveList<Waiter> waiters_;
};

}  // namespace moshpit
