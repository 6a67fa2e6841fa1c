// Agenda: the one clock of a simulated world and what will happen, in the order of (time, sequence
// number). Whatever is entered for the same time happens in the order in which it was entered, so
// nothing depends on the heap's inner order. Entries name their subject by number: the subject may
// be gone when its time comes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <queue>
#include <vector>

#include "moshpit/time.hpp"

namespace moshpit::sim {

class Agenda {
 public:
  enum class Kind : std::uint8_t {
    wake,    // a computer's earliest timer is due
    arrive,  // the first parcel of one direction of a connection reaches the other side
    pump,    // one side of a connection may hand more frames to its system
    turn,    // a frame is through one of a computer's wires
    act,     // a function given to World::at()
  };

  struct Entry {
    Time time;
    std::uint64_t sequence = 0;
    std::uint64_t subject = 0;
    Kind kind = Kind::wake;
    std::uint8_t side = 0;
  };

  Time now() const { return now_; }
  void advance(Time time) { now_ = std::max(now_, time); }

  // A time in the past means now. Answers the entry's sequence number.
  std::uint64_t enter(Time time, Kind kind, std::uint64_t subject, std::uint8_t side = 0) {
    entries_.push(Entry{std::max(time, now_), next_sequence_, subject, kind, side});
    return next_sequence_++;
  }

  // A computer that has something to run once the present entry is done with; by its index.
  void touch(std::uint32_t computer) {
    if (touched_.empty() || touched_.back() != computer) touched_.push_back(computer);
  }
  std::vector<std::uint32_t>& touched() { return touched_; }

  bool empty() const { return entries_.empty(); }
  const Entry& first() const { return entries_.top(); }

  Entry pop() {
    Entry entry = entries_.top();
    entries_.pop();
    return entry;
  }

 private:
  struct Later {
    bool operator()(const Entry& one, const Entry& other) const {
      if (one.time != other.time) return one.time > other.time;
      return one.sequence > other.sequence;
    }
  };

  Time now_{};
  std::uint64_t next_sequence_ = 0;
  std::vector<std::uint32_t> touched_;
  std::priority_queue<Entry, std::vector<Entry>, Later> entries_;
};

}  // namespace moshpit::sim
