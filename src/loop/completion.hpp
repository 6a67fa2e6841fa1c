// Completion<Value>: where an operation of the operating system leaves its result for one
// coroutine.
//
// Its signal is moved into the operation. Either half may be destroyed first: the coroutine that
// waits can be cancelled while the operation runs, and the operation then ends by itself and tells
// nobody. The signal only stores the value and sets an event, so a coroutine is always resumed by
// the Loop. One thread: the loop's.
#pragma once

#include <optional>
#include <utility>

#include "loop/event.hpp"

namespace moshpit {

template <class Value>
class Completion {
 public:
  class Signal {
   public:
    Signal(Signal&& other) noexcept : completion_(std::exchange(other.completion_, nullptr)) {
      if (completion_) completion_->signal_ = this;
    }
    Signal& operator=(Signal&&) = delete;
    ~Signal() { detach(); }

    void operator()(Value value) {
      if (!completion_) return;
      Completion& completion = *completion_;
      detach();
      completion.value_.emplace(std::move(value));
      completion.done_.set();
    }

   private:
    friend class Completion;
    explicit Signal(Completion& completion) : completion_(&completion) {
      completion.signal_ = this;
    }
    void detach() {
      if (completion_) std::exchange(completion_, nullptr)->signal_ = nullptr;
    }

    Completion* completion_;
  };

  explicit Completion(Loop& loop) : done_(loop) {}
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;
  ~Completion() {
    if (signal_) signal_->completion_ = nullptr;
  }

  // For one operation. Requires: called once.
  Signal signal() {
    MOSHPIT_ASSERT(!signal_ && !value_);
    return Signal(*this);
  }

  // True if the operation ended, false if the deadline came first.
  Event::Wait wait(std::optional<Time> deadline) { return Event::Wait(done_, deadline); }

  // Requires: the operation ended.
  Value take() { return *std::move(value_); }

 private:
  Signal* signal_ = nullptr;
  std::optional<Value> value_;
  Event done_;
};

}  // namespace moshpit
