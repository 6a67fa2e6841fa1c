// Patience: how long a peer waits for its group in each round of a step. Pure; durations are this
// peer's own.
//
// A full group starts at once, so patience is only spent on holes in the grid and on peers that
// died. Deadlines count from the beginning of the step: whoever was held up in one round is still
// awaited in the next.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "moshpit/time.hpp"

namespace moshpit {

class Patience {
 public:
  // From the beginning of the step until the search of this round gives up. The first round gets
  // two shares, because peers begin a step at different times and finish a round at nearly the
  // same.
  Duration until_end_of(std::uint32_t round) const { return (round + 2) * share_; }

  // `spread`: between the first and the last arrival in a first round. Later rounds would measure
  // our own waiting.
  void saw_first_round(Duration spread) {
    recent_ = std::max(spread, recent_ * 4 / 5);
    share_ = std::clamp(recent_ + margin, shortest, longest);
  }

  Duration share() const { return share_; }

 private:
  // Scheduling noise of a machine that trains on all cores.
  static constexpr Duration margin = std::chrono::milliseconds(100);
  static constexpr Duration shortest = std::chrono::milliseconds(250);
  // Before anything is measured, and the most that one hole may cost a round.
  static constexpr Duration longest = std::chrono::milliseconds(2500);

  Duration recent_{0};
  Duration share_ = longest;
};

}  // namespace moshpit
