// Timeline: what will happen in a simulated training run, in the order of (time, number of entry).
// Whatever is entered for the same time happens in the order in which it was entered, so one seed
// gives one run. A pure machine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "moshpit/time.hpp"

namespace moshpit {

class Timeline {
 public:
  Time now() const { return now_; }

  // A time in the past means now.
  void at(Time time, std::function<void()> what) {
    entries_.push_back({std::max(time, now_), next_number_++, std::move(what)});
    std::ranges::push_heap(entries_, Later());
  }
  void after(Duration delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }

  // Until nothing is left to happen.
  void run() {
    while (!entries_.empty()) {
      std::ranges::pop_heap(entries_, Later());
      const Entry next = std::move(entries_.back());
      entries_.pop_back();
      now_ = next.time;
      next.what();
    }
  }

 private:
  struct Entry {
    Time time;
    std::uint64_t number = 0;
    std::function<void()> what;
  };
  struct Later {
    bool operator()(const Entry& one, const Entry& other) const {
      if (one.time != other.time) return one.time > other.time;
      return one.number > other.number;
    }
  };

  Time now_{};
  std::uint64_t next_number_ = 0;
  std::vector<Entry> entries_;  // a heap, the next one at the top
};

}  // namespace moshpit
