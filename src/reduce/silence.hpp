// How long each member has been silent, as far as this peer can tell. Pure.
//
// A peer whose own loop paused has not listened: it must not take its own pause for the silence of
// others, so after a late tick everybody's silence starts anew.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include "moshpit/time.hpp"

namespace moshpit {

class Silence {
 public:
  // `limit`: the shortest silence that somebody is going to be suspected for.
  Silence(std::size_t members, Duration limit, Time now)
      : limit_(limit),
        interval_(std::min(limit / 4, longest_interval)),
        now_(now),
        heard_(members, now) {}

  void heard(std::size_t member, Time now) { heard_[member] = now; }

  // Everybody's silence begins now.
  void restart(Time now) { heard_.assign(heard_.size(), now); }

  void tick(Time now) {
    // Twice late: this loop stood still, and what came meanwhile waits unread in its sockets.
    if (now - now_ > 2 * interval_) restart(now);
    now_ = now;
  }

  // As of the last tick.
  Duration of(std::size_t member) const { return now_ - heard_[member]; }

  // A tick is due then: when somebody's silence is going to exceed the limit, and from time to
  // time before, because others may have shorter limits, and wait for the sign of life that a tick
  // gives.
  Time next_tick() const {
    Time next = now_ + interval_;
    for (const Time heard : heard_) {
      const Time exceeds = heard + limit_ + Duration(1);
      if (exceeds > now_) next = std::min(next, exceeds);
    }
    return next;
  }

 private:
  static constexpr Duration longest_interval = std::chrono::milliseconds(150);

  Duration limit_;
  Duration interval_;
  Time now_;
  std::vector<Time> heard_;
};

}  // namespace moshpit
