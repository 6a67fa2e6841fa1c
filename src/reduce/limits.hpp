// RoundLimits: how long one round waits for whom. Pure; fixed when the group was assembled
// (round.md, "Deadlines").
#pragma once

#include <cstddef>
#include <cstdint>

#include "moshpit/time.hpp"

namespace moshpit {

struct RoundLimits {
  // Who owes something and is silent for this long is suspected: left out of the chunks that it has
  // not sent, and taken over for.
  Duration silence;
  // So long before the deadline an author closes its collections, so that one more author may be
  // lost and the results still reach everybody.
  Duration closing;
  // The round has finished or failed after this long, whatever happens.
  Duration round;
};

// What the limits follow from.
struct RoundMeasurements {
  std::size_t members = 2;
  std::size_t elements = 0;
  Duration patience{0};  // the longest with any member (RoundTrip::patience): one lost packet
  double goodput = 0;  // bytes per second that this peer moves in one direction, all links together
  // Seconds a byte of the vector that the slowest line needs, as its owner claims (shares.hpp).
  double claimed = 0;
  double largest_share = 0;  // of the vector, that one member owns
  double bulk_weight = 1;    // bytes that one of the vector stands for (Transport)
};

// pace     = 1 / goodput, or that of a slower line as its owner claims, at most 16 times as long
// transfer = 2 (n-1)/n * 4 elements * pace: what each member sends, and receives, in a butterfly;
//            (1 + (n-2) w) * 4 elements / goodput if that is longer, w: the largest share
// turn     = (n-1) chunks * pace: a member that serves its links in turn is back at one of them
// silence  = 2 patience + 4 turn: one lost packet, or two in a row where the system probes for the
//            first, or where a round trip takes 100 ms
// closing  = 2 silence + transfer
// round    = 4 transfer + (1 + f) closing, f = min(2, n - 1): links four times slower than
//            measured, and f ballots
// Requires: at least one member and a goodput above zero.
RoundLimits round_limits(const RoundMeasurements& measured);

// Learns the goodput from the rounds that were run.
class Goodput {
 public:
  double bytes_per_second() const { return bytes_per_second_; }

  // The larger of the bytes sent and received in a round, and how long it took.
  void learn(std::uint64_t bytes, Duration duration);

 private:
  // 32 Mbit/s, the upstream of an ordinary home line: whoever has more is measured after one round,
  // and whoever has a quarter of it still meets the deadline of its first round.
  double bytes_per_second_ = 4e6;
};

}  // namespace moshpit
