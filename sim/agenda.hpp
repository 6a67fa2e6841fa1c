// Agenda: what will happen to the computers of one shard, and their clock. It is in the order of
// (time, computer, kind, connection), which does not depend on when or by which thread something
// was entered: so the same seed gives the same run with any number of shards.
#pragma once

#include <algorithm>
#include <cstdint>
#include <queue>
#include <vector>

#include "moshpit/time.hpp"
#include "sim/connection.hpp"

namespace moshpit::sim {

class Agenda {
 public:
  // In the order in which a computer does them if they fall on the same moment.
  enum class Kind : std::uint8_t {
    arrive,  // the first parcel on its way to one side of a connection is there
    turn,    // a frame is through one of a computer's wires
    pump,    // one side of a connection may hand more frames to its system
    wake,    // a computer's earliest timer is due
  };

  struct Entry {
    Time time;
    std::uint32_t computer = 0;
    Kind kind = Kind::wake;
    std::uint8_t side = 0;  // of the connection; of a turn the direction
    Connection* connection = nullptr;

    bool before(const Entry& other) const {
      if (time != other.time) return time < other.time;
      if (computer != other.computer) return computer < other.computer;
      if (kind != other.kind) return kind < other.kind;
      if (connection != other.connection) return connection->number < other.connection->number;
      return side < other.side;
    }
  };

  Time now() const { return now_; }
  void advance(Time time) { now_ = std::max(now_, time); }

  // A time in the past means now.
  void enter(Entry entry) {
    entry.time = std::max(entry.time, now_);
    entries_.push(entry);
  }

  // A computer that has something to run once the present entry is done with; by its index.
  void touch(std::uint32_t computer) {
    if (touched_.empty() || touched_.back() != computer) touched_.push_back(computer);
  }
  std::vector<std::uint32_t>& touched() { return touched_; }

  // Of the next entry; Time::max() if there is none.
  Time next() const { return entries_.empty() ? Time::max() : entries_.top().time; }

  Entry pop() {
    Entry entry = entries_.top();
    entries_.pop();
    return entry;
  }

 private:
  struct Later {
    bool operator()(const Entry& one, const Entry& other) const { return other.before(one); }
  };

  Time now_{};
  std::vector<std::uint32_t> touched_;
  std::priority_queue<Entry, std::vector<Entry>, Later> entries_;
};

}  // namespace moshpit::sim
