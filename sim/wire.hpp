// Wire: one direction of a computer's connection to the network. Its flows share it fairly: while n
// of them have a frame on it, each gets an n-th of it, as packets that take turns would have it. It
// is never idle while something is on it. A pure machine, told the world's time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "base/assert.hpp"
#include "moshpit/time.hpp"

namespace moshpit::sim {

struct Connection;

// One side of a connection.
struct LinkEnd {
  Connection* connection = nullptr;
  std::uint8_t side = 0;
};

enum class Direction : std::uint8_t { up, down };

class Wire {
 public:
  explicit Wire(double bytes_per_second) : bytes_per_second_(bytes_per_second) {
    MOSHPIT_ASSERT(bytes_per_second > 0);
  }

  double bytes_per_second() const { return bytes_per_second_; }
  // Of a frame that has it for itself.
  Duration time_of(std::size_t bytes) const {
    return Duration(
        static_cast<std::int64_t>(static_cast<double>(bytes) * 1e9 / bytes_per_second_));
  }

  // A flow's next frame. If nothing else is on the wire it has been on it since `since`. Requires:
  // the flow has none on it.
  void begin(Time since, Time now, LinkEnd flow, Duration duration) {
    advance(since, now);
    turns_.push(Turn{served_ + duration, next_sequence_++, flow});
  }

  // A packet goes between the others and keeps them waiting. Answers when it is through.
  Time pass(Time since, Time now, Duration duration) {
    advance(since, now);
    return served_until_ = std::max(served_until_, since) + duration;
  }

  bool idle_since(Time time) const { return turns_.empty() && served_until_ <= time; }

  // When the next of the frames is through, if no other one comes.
  std::optional<Time> next() const {
    if (turns_.empty()) return std::nullopt;
    return served_until_ + (turns_.top().end - served_) * flows();
  }

  // Whose frame it was. Requires: it is through.
  LinkEnd take(Time now) {
    advance(now, now);
    const LinkEnd flow = turns_.top().flow;
    turns_.pop();
    return flow;
  }

  // Nothing that is on it gets through.
  void clear() { turns_ = {}; }

  // For the agenda: the time of an entry that next() still needs, if it has none so early. An entry
  // that comes too early is no harm.
  std::optional<Time> missing_entry() {
    const auto time = next();
    if (!time || (entry_ && *entry_ <= *time)) return std::nullopt;
    return entry_ = time;
  }
  bool expects(Time entry) const { return entry_ == entry; }
  void entry_came() { entry_.reset(); }

 private:
  struct Turn {
    Duration end;  // on the scale of served_
    std::uint64_t sequence = 0;
    LinkEnd flow;
  };
  struct Later {
    bool operator()(const Turn& one, const Turn& other) const {
      if (one.end != other.end) return one.end > other.end;
      return one.sequence > other.sequence;
    }
  };

  std::int64_t flows() const { return static_cast<std::int64_t>(turns_.size()); }

  void advance(Time since, Time now) {
    if (turns_.empty()) {
      served_until_ = std::max(served_until_, since);
      return;
    }
    if (now <= served_until_) return;
    // What cannot be divided is left for the next time.
    const Duration share = (now - served_until_) / flows();
    served_ += share;
    served_until_ += share * flows();
  }

  double bytes_per_second_;
  std::priority_queue<Turn, std::vector<Turn>, Later> turns_;  // one a flow
  std::uint64_t next_sequence_ = 0;
  Duration served_{0};   // what each flow that was there all along has got
  Time served_until_{};  // by this time; it is ahead of the world's while packets pass
  std::optional<Time> entry_;
};

}  // namespace moshpit::sim
