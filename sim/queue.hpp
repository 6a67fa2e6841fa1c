// Queue<T>: first in, first out, in one vector. Unlike std::deque it allocates nothing while it is
// empty, which matters because every simulated link has several and a large world has hundreds of
// thousands of links.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace moshpit::sim {

template <class T>
class Queue {
 public:
  bool empty() const { return first_ == items_.size(); }
  std::size_t size() const { return items_.size() - first_; }
  T& front() { return items_[first_]; }
  T& back() { return items_.back(); }
  T& operator[](std::size_t index) { return items_[first_ + index]; }

  void push(T item) { items_.push_back(std::move(item)); }

  T pop() {
    MOSHPIT_ASSERT(!empty());
    T item = std::move(items_[first_++]);
    shrink();
    return item;
  }

  // Takes the youngest out again.
  void drop_back() {
    MOSHPIT_ASSERT(!empty());
    items_.pop_back();
    shrink();
  }

  void clear() {
    items_.clear();
    first_ = 0;
  }

 private:
  // The dead places in front are given up once they are more than half: a constant cost per item.
  void shrink() {
    if (empty()) return clear();
    if (first_ < 16 || 2 * first_ < items_.size()) return;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }

  std::vector<T> items_;
  std::size_t first_ = 0;
};

}  // namespace moshpit::sim
