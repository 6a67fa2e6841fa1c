// Task<T>: a lazy coroutine. It starts when it is awaited, and destroying it cancels it.
// Whoever holds the Task owns the coroutine and everything in its frame. One thread, no exceptions.
//
// A child that ends without suspending returns to its parent by `await_suspend` saying "go on", not
// by a symmetric transfer, so that a loop over such children does not grow the stack, whatever the
// optimisation level.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {

template <class T = void>
class Task;

namespace detail {

class PromiseBase {
 public:
  std::suspend_always initial_suspend() noexcept { return {}; }

  struct Final {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      PromiseBase& promise = self.promise();
      if (promise.starting_) return std::noop_coroutine();
      return promise.continuation_ ? promise.continuation_ : std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };
  Final final_suspend() noexcept { return {}; }

  [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }

  // Runs the coroutine until it suspends or ends. True if it ended at once.
  bool start(std::coroutine_handle<> self, std::coroutine_handle<> continuation) {
    MOSHPIT_ASSERT(!continuation_);  // a task is awaited once
    continuation_ = continuation;
    starting_ = true;
    self.resume();
    starting_ = false;
    return self.done();
  }

 private:
  std::coroutine_handle<> continuation_;
  bool starting_ = false;
};

template <class T>
class Promise : public PromiseBase {
 public:
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() { return *std::move(value_); }

 private:
  std::optional<T> value_;
};

template <>
class Promise<void> : public PromiseBase {
 public:
  Task<void> get_return_object();
  void return_void() noexcept {}
  void take() noexcept {}
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() { reset(); }

  struct Awaiter {
    Handle handle;
    bool await_ready() { return false; }
    bool await_suspend(std::coroutine_handle<> parent) {
      return !handle.promise().start(handle, parent);
    }
    T await_resume() { return handle.promise().take(); }
  };
  Awaiter operator co_await() const {
    MOSHPIT_ASSERT(handle_ && !handle_.done());
    return Awaiter{handle_};
  }

 private:
  void reset() {
    if (handle_) std::exchange(handle_, nullptr).destroy();
  }

  Handle handle_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

}  // namespace detail
}  // namespace moshpit
