#include "reduce/limits.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "reduce/partition.hpp"

namespace moshpit {
namespace {

// One full chunk: a round that moved less says something about latency only. Of larger ones even
// those that latency dominates are worth knowing, because the next round is as large.
constexpr std::uint64_t telling_bytes = 64u << 10;
// Weight of the newest round: three rounds forget most of a hiccup.
constexpr double newest = 0.5;
// A round in which nearly nothing moved was a failure and not a measurement; deadlines stay within
// reason.
constexpr double slowest_believed = 64e3;

// Whoever lies about its line stretches the deadline, and the silence that is granted, for
// everybody: it is to cost them rounds that are too long, and not the run.
constexpr double most_claimed = 16;

// Of the slowest line, in seconds a byte. `moved`: vectors that a member with an equal share sends.
double pace_of(const RoundMeasurements& measured, double moved) {
  const double own = 1 / measured.goodput;
  if (moved == 0) return own;
  return std::max(own, std::min(measured.claimed / moved, most_claimed * own));
}

}  // namespace

RoundLimits round_limits(const RoundMeasurements& measured) {
  MOSHPIT_ASSERT(measured.members > 0 && measured.goodput > 0);
  const std::size_t others_count = measured.members - 1;
  const auto others = static_cast<double>(others_count);
  const double element_bytes = sizeof(float) * measured.bulk_weight;
  const double vector_bytes = static_cast<double>(measured.elements) * element_bytes;
  const double chunk_bytes =
      static_cast<double>(ChunkLayout(measured.elements).chunk_elements()) * element_bytes;
  const double moved = 2 * others / static_cast<double>(measured.members);
  const double pace = pace_of(measured, moved);
  const double most_moved = std::max(moved, 1 + (others - 1) * measured.largest_share);
  const Duration transfer =
      from_seconds(vector_bytes * std::max(moved * pace, most_moved / measured.goodput));
  const Duration turn = from_seconds(others * chunk_bytes * pace);
  RoundLimits limits{};
  // A packet lost twice comes again after 3 R + 600 ms, or sooner where the first loss was probed
  // for (RFC 8985). Two patiences are 4 R + 500 ms. A machine that trains on all its cores seldom
  // lets a loop thread wait for as long; whoever does is left out of one round.
  limits.silence = 2 * measured.patience + 4 * turn;
  limits.closing = 2 * limits.silence + transfer;
  const auto ballots = static_cast<Duration::rep>(std::clamp<std::size_t>(others_count, 1, 2));
  limits.round = 4 * transfer + (1 + ballots) * limits.closing;
  return limits;
}

void Goodput::learn(std::uint64_t bytes, Duration duration) {
  if (bytes < telling_bytes || duration <= Duration::zero()) return;
  const double measured =
      std::max(slowest_believed, static_cast<double>(bytes) / seconds(duration));
  bytes_per_second_ = newest * measured + (1 - newest) * bytes_per_second_;
}

}  // namespace moshpit
