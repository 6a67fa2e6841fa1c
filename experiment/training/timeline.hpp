// Timeline: what will happen in a simulated training run, in the order of (time, number of entry).
// Whatever is entered for the same time happens in the order in which it was entered, so one seed
// gives one run. A pure machine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "moshpit/time.hpp"

namespace moshpit {

class Timeline {
 public:
  Time now() const { return now_; }

  // A time in the past means now.
  void at(Time time, std::function<void()> what) {
    entries_.push({std::max(time, now_), next_number_++, std::move(what)});
  }
  void after(Duration delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }

  // Until nothing is left to happen.
  void run() {
    while (!entries_.empty()) {
      const Entry next = entries_.top();
      entries_.pop();
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
  std::priority_queue<Entry, std::vector<Entry>, Later> entries_;
};

}  // namespace moshpit
