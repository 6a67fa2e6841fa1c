// Waiting and Fulfilment: a coroutine of one owner waits, with a deadline, for what another owner
// will know.
//
// Either side may be destroyed first. Without the Waiting, a fulfilment does nothing. Without the
// Fulfilment the coroutine is never resumed, not by its deadline either, so that nothing runs on
// behalf of an owner that is gone; it is for its own owner to destroy it. The value is handed over
// into the Waiting: a resumed coroutine touches nobody else.
#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "base/assert.hpp"
#include "loop/loop.hpp"

namespace moshpit {

template <class T>
class Fulfilment;

// Stands in the waiting coroutine: `auto value = co_await waiting;` gives nothing if the deadline
// came first.
template <class T>
class Waiting {
 public:
  Waiting(Loop& loop, Time deadline) : deadline_(deadline) { sleeper_.emplace(loop); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    if (source_) source_->target_ = nullptr;
  }

  bool await_ready() const { return value_.has_value(); }
  void await_suspend(std::coroutine_handle<> coroutine) {
    if (!sleeper_) return;
    asleep_ = true;
    sleeper_->sleep(coroutine, deadline_);
  }
  std::optional<T> await_resume() {
    asleep_ = false;
    return std::move(value_);
  }

 private:
  friend class Fulfilment<T>;

  class Sleeper : public Waiter {
   public:
    using Waiter::Waiter;
    void sleep(std::coroutine_handle<> coroutine, Time until) { suspend(coroutine, until); }
  };

  Time deadline_;
  std::optional<Sleeper> sleeper_;  // empty: never to be resumed
  bool asleep_ = false;
  std::optional<T> value_;
  Fulfilment<T>* source_ = nullptr;
};

template <class T>
class Fulfilment {
 public:
  Fulfilment() = default;
  explicit Fulfilment(Waiting<T>& target) : target_(&target) {
    MOSHPIT_ASSERT(!target.source_);
    target.source_ = this;
  }
  Fulfilment(Fulfilment&& other) noexcept { take(other); }
  Fulfilment& operator=(Fulfilment&& other) noexcept {
    if (this != &other) {
      abandon();
      take(other);
    }
    return *this;
  }
  ~Fulfilment() { abandon(); }

  // Whether anybody still waits.
  bool wanted() const { return target_ != nullptr; }

  void fulfil(T value) {
    if (!target_) return;
    Waiting<T>& target = *std::exchange(target_, nullptr);
    target.source_ = nullptr;
    target.value_.emplace(std::move(value));
    if (target.asleep_) target.sleeper_->wake();
  }

 private:
  friend class Waiting<T>;

  void take(Fulfilment& other) {
    target_ = std::exchange(other.target_, nullptr);
    if (target_) target_->source_ = this;
  }

  void abandon() {
    if (!target_) return;
    target_->source_ = nullptr;
    target_->sleeper_.reset();
    target_ = nullptr;
  }

  Waiting<T>* target_ = nullptr;
};

}  // namespace moshpit
