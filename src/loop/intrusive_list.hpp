// A doubly linked list of objects that unlink themselves when they are destroyed. It owns nothing.
#pragma once

#include "base/assert.hpp"

namespace moshpit {

class ListHook {
 public:
  ListHook() = default;
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;
  ~ListHook() { unlink(); }

  bool linked() const { return next_ != nullptr; }

  void unlink() {
    if (!linked()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

 private:
  template <class T>
  friend class IntrusiveList;
  ListHook* previous_ = nullptr;
  ListHook* next_ = nullptr;
};

// T derives from ListHook. First in, first out.
template <class T>
class IntrusiveList {
 public:
  IntrusiveList() { head_.previous_ = head_.next_ = &head_; }
  ~IntrusiveList() {
    while (!empty()) front().unlink();
    head_.previous_ = head_.next_ = nullptr;
  }

  bool empty() const { return head_.next_ == &head_; }
  T& front() { return static_cast<T&>(*head_.next_); }

  // All of the other's come behind its own.
  void append(IntrusiveList& other) {
    if (other.empty()) return;
    ListHook& from = other.head_;
    from.next_->previous_ = head_.previous_;
    head_.previous_->next_ = from.next_;
    from.previous_->next_ = &head_;
    head_.previous_ = from.previous_;
    from.previous_ = from.next_ = &from;
  }

  void push_back(ListHook& hook) {
    MOSHPIT_ASSERT(!hook.linked());
    hook.previous_ = head_.previous_;
    hook.next_ = &head_;
    head_.previous_->next_ = &hook;
    head_.previous_ = &hook;
  }

 private:
  ListHook head_;
};

}  // namespace moshpit
