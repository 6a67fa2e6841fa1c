// Mailbox<T>: an unbounded queue of messages with one coroutine that takes them out in order. A
// receive() that is cancelled, or whose deadline came, leaves the messages in the box. One thread.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "loop/event.hpp"
#include "loop/task.hpp"

namespace moshpit {

template <class T>
class Mailbox {
 public:
  explicit Mailbox(Loop& loop) : changed_(loop) {}

  void put(T message) {
    messages_.push_back(std::move(message));
    changed_.set();
  }

  // Nothing more will come. What is in the box can still be taken.
  void close() {
    closed_ = true;
    changed_.set();
  }

  bool closed() const { return closed_; }
  bool empty() const { return messages_.empty(); }
  std::size_t size() const { return messages_.size(); }

  // The next message that is there already; nothing if there is none.
  std::optional<T> take() {
    if (messages_.empty()) return std::nullopt;
    std::optional<T> message(std::move(messages_.front()));
    messages_.pop_front();
    if (messages_.empty() && !closed_) changed_.reset();
    return message;
  }

  // The next message; nothing when the box was closed and emptied.
  Task<std::optional<T>> receive() {
    co_await changed_.wait();  // no deadline: the box is closed when its sender is gone
    co_return take();
  }

  // The next message; nothing when the deadline came first or the box was closed and emptied.
  Task<std::optional<T>> receive_until(Time deadline) {
    co_await changed_.wait_until(deadline);
    co_return take();
  }

 private:
  std::deque<T> messages_;
  bool closed_ = false;
  Event changed_;
};

}  // namespace moshpit
