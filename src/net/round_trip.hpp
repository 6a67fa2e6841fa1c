// RoundTrip: what is known about the time to a peer and back, and how long to wait for it. A pure
// machine.
//
// The estimate is that of TCP (RFC 6298): a smoothed mean and a smoothed deviation. Samples come
// from pings alone: an answer also measures how long the other side thought about the question.
#pragma once

#include <algorithm>
#include <optional>

#include "moshpit/time.hpp"

namespace moshpit {

class RoundTrip {
 public:
  // A lost packet is sent again after a round trip and 200 ms (RFC 6298, with Linux' least
  // deviation). That happens to somebody all the time, and is no reason to give an answer up. On a
  // fast network the other side's scheduling takes as long: a busy laptop answers within 100 ms.
  static constexpr Duration sent_again_after = std::chrono::milliseconds(250);
  // Who takes longer than this is of no use in a round, whatever its line is like.
  static constexpr Duration patience_max = std::chrono::seconds(3);
  // RFC 6298, 2.1: longer than the round trip to almost anywhere on Earth.
  static constexpr Duration patience_unmeasured = std::chrono::seconds(1);

  void add(Duration sample) {
    sample = std::max(sample, Duration(0));
    if (!mean_) {
      mean_ = sample;
      deviation_ = sample / 2;
      return;
    }
    const Duration difference = sample > *mean_ ? sample - *mean_ : *mean_ - sample;
    deviation_ += (difference - deviation_) / 4;
    *mean_ += (sample - *mean_) / 8;
  }

  // Nothing if never measured.
  std::optional<Duration> mean() const { return mean_; }

  Duration patience() const {
    if (!mean_) return patience_unmeasured;
    const Duration late = std::max(4 * deviation_, *mean_ + sent_again_after);
    return std::min(*mean_ + late, patience_max);
  }

 private:
  std::optional<Duration> mean_;
  Duration deviation_{0};
};

}  // namespace moshpit
