// TokenBucket: when bytes may pass, so that no more than so many a second pass in the mean. A pure
// machine.
//
// Whoever has bytes asks for a moment and gets one, behind everybody who asked before: links that
// share a bucket take turns, and none starves. What was not used for a while may be made up for,
// but only as much as passes within `allowance`.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "moshpit/bandwidth_limit.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

class TokenBucket {
 public:
  // Longer than a loop is late when its machine is busy, so that a limit is also reached.
  static constexpr Duration allowance = std::chrono::milliseconds(50);

  // 0: everything may pass at once.
  explicit TokenBucket(std::uint64_t bytes_per_second) : rate_(bytes_per_second) {}

  bool limits() const { return rate_ > 0; }

  // The moment from which on these bytes may pass; they count as passed.
  Time reserve(std::size_t bytes, Time now) {
    if (!limits()) return now;
    const Time turn = std::max(next_, now - allowance);
    next_ = turn + from_seconds(static_cast<double>(bytes) / static_cast<double>(rate_));
    return std::max(turn, now);
  }

  // How much passes within this time, at most `most`.
  std::size_t within(Duration duration, std::size_t most) const {
    if (!limits()) return most;
    const double bytes = static_cast<double>(rate_) * seconds(duration);
    return bytes < static_cast<double>(most) ? static_cast<std::size_t>(bytes) : most;
  }

 private:
  std::uint64_t rate_;
  Time next_{};  // when all that has been reserved has passed
};

// What all links of a peer share.
struct Bandwidth {
  explicit Bandwidth(BandwidthLimit limit) : up(limit.up), down(limit.down) {}

  TokenBucket up;
  TokenBucket down;
};

}  // namespace moshpit
