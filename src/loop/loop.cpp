#include "loop/loop.hpp"

#include <algorithm>

namespace moshpit {

void Waiter::suspend(std::coroutine_handle<> coroutine, std::optional<Time> deadline) {
  coroutine_ = coroutine;
  if (deadline) loop_.timers_.add(*deadline, *this);
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
  if (timer_) loop_.timers_.remove(*this);
}

void Timers::add(Time time, Waiter& waiter) {
  heap_.emplace_back();
  settle(heap_.size() - 1, Timer{time, next_sequence_++, &waiter});
}

void Timers::remove(Waiter& waiter) {
  const std::size_t place = *waiter.timer_;
  waiter.timer_.reset();
  const Timer last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size()) settle(place, last);
}

void Timers::put(std::size_t place, const Timer& timer) {
  heap_[place] = timer;
  timer.waiter->timer_ = static_cast<std::uint32_t>(place);
}

// The place is free: whoever should stand there moves in, and the timer comes to stand where it
// belongs.
void Timers::settle(std::size_t place, const Timer& timer) {
  for (; place > 0 && timer.before(heap_[(place - 1) / 2]); place = (place - 1) / 2) {
    put(place, heap_[(place - 1) / 2]);
  }
  for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
    if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
    if (!heap_[child].before(timer)) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, timer);
}

void Loop::advance(Time now) {
  now_ = std::max(now_, now);
  while (!timers_.empty() && timers_.first_time() <= now_) {
    timers_.first().make_ready(false);
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
  return timers_.first_time();
}

}  // namespace moshpit
