// The loop: what is ready to run, what waits for a time, and this peer's only source of time and
// randomness.
//
// It is a machine: it owns no thread and reads no clock. RealLoop advances it with the system's
// monotonic clock, the simulated world with virtual time. A coroutine is never resumed from inside
// a call of another: whoever becomes ready is queued and runs in order, which makes every run
// reproducible. One thread. The loop outlives whatever waits on it.
#pragma once

#include <coroutine>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "loop/intrusive_list.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

class Loop;

// One suspended coroutine: in the list of what it waits for or in the ready queue, and in the
// timers if it has a deadline. It lives in the coroutine's frame, so destroying the coroutine takes
// it out of all of them.
class Waiter : public ListHook {
 public:
  explicit Waiter(Loop& loop) : loop_(loop) {}
  ~Waiter() { cancel_timer(); }

  // The thing waited for has happened. Requires: suspended.
  void wake();
  // False if the deadline came first.
  bool in_time() const { return in_time_; }

 protected:
  void suspend(std::coroutine_handle<> coroutine, std::optional<Time> deadline);

 private:
  friend class Loop;
  friend class Timers;

  void make_ready(bool in_time);
  void cancel_timer();

  Loop& loop_;
  std::coroutine_handle<> coroutine_;
  std::optional<std::uint32_t> timer_;  // where it stands among the timers
  bool in_time_ = true;
};

// Who waits until when: a heap in one vector, in which each waiter knows its place. Those of one
// time come in the order in which they were added.
class Timers {
 public:
  bool empty() const { return heap_.empty(); }
  Time first_time() const { return heap_.front().time; }
  Waiter& first() const { return *heap_.front().waiter; }
  void add(Time time, Waiter& waiter);
  void remove(Waiter& waiter);

 private:
  struct Timer {
    Time time;
    std::uint64_t sequence = 0;
    Waiter* waiter = nullptr;
    bool before(const Timer& other) const {
      return time != other.time ? time < other.time : sequence < other.sequence;
    }
  };
  void put(std::size_t place, const Timer& timer);
  void settle(std::size_t place, const Timer& timer);

  std::vector<Timer> heap_;
  std::uint64_t next_sequence_ = 0;
};

class Loop {
 public:
  // Reads the time of the machine.
  using Clock = Time (*)();

  // Without a clock no time passes within a turn, as in a simulated world.
  explicit Loop(std::uint64_t seed, Time start = Time{}, Clock clock = nullptr)
      : now_(start), clock_(clock), random_(seed) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Of this turn.
  Time now() const { return now_; }
  // To measure what takes time within a turn.
  Time this_instant() const { return clock_ ? clock_() : now_; }
  Random& random() { return random_; }

  // `co_await loop.sleep_until(time);`
  class Sleep : public Waiter {
   public:
    Sleep(Loop& loop, Time until) : Waiter(loop), now_(loop.now()), until_(until) {}
    bool await_ready() const { return until_ <= now_; }
    void await_suspend(std::coroutine_handle<> coroutine) { suspend(coroutine, until_); }
    void await_resume() const {}

   private:
    Time now_;
    Time until_;
  };
  Sleep sleep_until(Time until) { return Sleep(*this, until); }
  Sleep sleep_for(Duration duration) { return Sleep(*this, now_ + duration); }

  // `co_await loop.yield();` lets everybody else who is ready go first.
  class Yield : public Waiter {
   public:
    explicit Yield(Loop& loop) : Waiter(loop) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) {
      suspend(coroutine, std::nullopt);
      wake();
    }
    void await_resume() const {}
  };
  Yield yield() { return Yield(*this); }

  // For whoever drives the loop.
  void advance(Time now);
  // Until nobody is ready. Coroutines that yield to each other for ever never let it return.
  void run_ready();
  // Resumes the first in the queue. False if nobody is ready.
  bool run_next();
  bool has_ready() const { return !ready_.empty(); }
  std::optional<Time> next_timer() const;

 private:
  friend class Waiter;

  Time now_;
  Clock clock_;
  Random random_;
  Timers timers_;
  IntrusiveList<Waiter> ready_;
};

}  // namespace moshpit
