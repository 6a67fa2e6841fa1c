// MeasuredBandwidth: how many bytes a second this peer's line carries, learnt from the rounds that
// it takes part in. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "moshpit/time.hpp"

namespace moshpit {

// The most that one direction carried for a while within one round. What the whole round moved says
// how fast its slowest member is, and the best of its windows what this one could.
class PeakRate {
 public:
  explicit PeakRate(Time start) : since_(start) {}

  // What has passed so far, in whatever time, says nothing.
  void restart(std::uint64_t total, Time now) {
    before_ = total;
    since_ = now;
  }

  // So many bytes have passed until now, since the round began.
  void moved(std::uint64_t total, Time now) {
    const std::uint64_t bytes = total - before_;
    const Duration duration = now - since_;
    if (bytes < window_bytes || duration < window) return;
    best_ = std::max(best_, static_cast<double>(bytes) / seconds(duration));
    before_ = total;
    since_ = now;
  }

  // 0: too little passed to tell.
  double bytes_per_second() const { return best_; }

 private:
  // Long enough that the pauses of a scheduler are in it.
  static constexpr Duration window = std::chrono::milliseconds(50);
  // Four full chunks: fewer come in bursts.
  static constexpr std::uint64_t window_bytes = 256u << 10;

  Time since_;
  std::uint64_t before_ = 0;
  double best_ = 0;
};

class MeasuredBandwidth {
 public:
  // 0: not known yet.
  double bytes_per_second() const { return bytes_per_second_; }

  // After a round: what the two directions carried. The smaller one counts, because whoever owns a
  // slice needs both.
  void learn(const PeakRate& up, const PeakRate& down) {
    const double measured = std::min(up.bytes_per_second(), down.bytes_per_second());
    if (measured == 0) return;
    const bool first = bytes_per_second_ == 0;
    bytes_per_second_ = first ? measured : newest * measured + (1 - newest) * bytes_per_second_;
  }

 private:
  // Weight of the newest round, as of the goodput's.
  static constexpr double newest = 0.5;

  double bytes_per_second_ = 0;
};

}  // namespace moshpit
