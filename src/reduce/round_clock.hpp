// RoundClock: where the time of one round goes at this peer. Pure: it is told what took how long.
#pragma once

#include <algorithm>

#include "moshpit/report.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

class RoundClock {
 public:
  explicit RoundClock(Time start) : start_(start), sent_(start) {}

  Time start() const { return start_; }
  void coded(Duration duration) { codec_ += duration; }
  void summed(Duration duration) { sum_ += duration; }

  // Something was left to send until now.
  void sent(Time now) {
    sent_ = now;
    computed_until_sent_ = codec_ + sum_;
  }

  // All of them together are the time from the start to the end.
  RoundPhases phases(Time end) const {
    RoundPhases phases;
    phases.codec = codec_;
    phases.sum = sum_;
    phases.transfer = std::max(Duration::zero(), sent_ - start_ - computed_until_sent_);
    phases.waiting =
        std::max(Duration::zero(), end - start_ - phases.transfer - phases.codec - phases.sum);
    return phases;
  }

 private:
  Time start_;
  Time sent_;
  Duration codec_{0};
  Duration sum_{0};
  Duration computed_until_sent_{0};
};

}  // namespace moshpit
