#include "loop/loop.hpp"

#include <algorithm>

namespace moshpit {

void Waiter::suspend(std::coroutine_handle<> coroutine, std::optional<Time> deadline) {
  coroutine_ = coroutine;
  if (deadline) timer_ = loop_.timers_.emplace(*deadline, this);
}

void Waiter::wake() { make_ready(true); }

void Waiter::make_ready(bool in_time) {
  MOSHPIT_ASSERT(coroutine_);
  unlink();
  cancel_timer();
  in_time_ = in_time;
  loop_.ready_.push_back(*this);
}

void Waiter::cancel_timer() {
  if (!timer_) return;
  loop_.timers_.erase(*timer_);
  timer_.reset();
}

void Loop::advance(Time now) {
  now_ = std::max(now_, now);
  while (!timers_.empty() && timers_.begin()->first <= now_) {
    timers_.begin()->second->make_ready(false);
  }
}

void Loop::run_ready() {
  while (run_next()) {
  }
}

bool Loop::run_next() {
  if (ready_.empty()) return false;
  Waiter& waiter = ready_.front();
  waiter.unlink();
  std::exchange(waiter.coroutine_, nullptr).resume();
  return true;
}

std::optional<Time> Loop::next_timer() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first;
}

}  // namespace moshpit
