#include "experiment/baselines.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace moshpit {
namespace {

// L = ceil(log2 N), and at least 1, so that a lone peer speaks to itself.
std::uint32_t hops_of(std::size_t peers) {
  return std::max(1u, static_cast<std::uint32_t>(std::bit_width(peers - 1)));
}

// (i + 2^k) mod N.
PeerIndex peer_at_hop(std::size_t peer, std::uint64_t k, std::size_t peers) {
  return static_cast<PeerIndex>((peer + (std::uint64_t{1} << k)) % peers);
}

// The peer and its two neighbours; a ring of two has only one.
std::span<PeerIndex> ring_group(PeerIndex peer, std::size_t peers,
                                std::array<PeerIndex, 3>& storage) {
  const auto left = static_cast<PeerIndex>((peer + peers - 1) % peers);
  const auto right = static_cast<PeerIndex>((peer + 1) % peers);
  storage = {peer, left, right};
  return std::span(storage).first(std::min<std::size_t>(peers, 3));
}

double mean_over(std::span<const PeerIndex> group, const Values& values) {
  double sum = 0;
  for (const PeerIndex member : group) sum += values[member];
  return sum / static_cast<double>(group.size());
}

}  // namespace

void AllReduce::average(const Round& round, Values& values) {
  if (!round.attendance.everybody()) return;
  values.assign(values.size(), mean_of(values));
}

void RingGossip::average(const Round& round, Values& values) {
  before_ = values;
  std::array<PeerIndex, 3> storage{};
  for (PeerIndex peer = 0; peer < values.size(); ++peer) {
    if (!round.attendance.present(peer)) continue;
    const auto group = round.attendance.participants(ring_group(peer, values.size(), storage));
    if (!group.empty()) values[peer] = mean_over(group, before_);
  }
}

void ExponentialGraph::average(const Round& round, Values& values) {
  before_ = values;
  const std::uint32_t hops = hops_of(values.size());
  for (PeerIndex peer = 0; peer < values.size(); ++peer) {
    const PeerIndex other = peer_at_hop(peer, round.random.below(hops), values.size());
    if (!round.attendance.present(peer) || !round.attendance.present(other)) continue;
    values[peer] = (before_[peer] + before_[other]) / 2;
  }
}

PushSum::PushSum(const Values& values) : sums_(values), weights_(values.size(), 1.0) {}

void PushSum::average(const Round& round, Values& values) {
  const std::uint32_t hop = round.number % hops_of(values.size());
  sums_before_ = sums_;
  weights_before_ = weights_;
  for (PeerIndex peer = 0; peer < values.size(); ++peer) {
    const PeerIndex other = peer_at_hop(peer, hop, values.size());
    if (!round.attendance.present(peer) || !round.attendance.present(other)) continue;
    sums_[peer] -= sums_before_[peer] / 2;
    sums_[other] += sums_before_[peer] / 2;
    weights_[peer] -= weights_before_[peer] / 2;
    weights_[other] += weights_before_[peer] / 2;
  }
  for (std::size_t peer = 0; peer < values.size(); ++peer) {
    values[peer] = sums_[peer] / weights_[peer];
  }
}

RandomGroups::RandomGroups(std::size_t peers, std::size_t group_size)
    : group_size_(group_size), order_(all_peers(peers)) {
  MOSHPIT_ASSERT(group_size > 0);
}

void RandomGroups::average(const Round& round, Values& values) {
  round.random.shuffle(std::span(order_));
  for_each_piece(order_, group_size_, [&](std::span<PeerIndex> group) {
    moshpit::average(round.attendance.participants(group), values);
  });
}

}  // namespace moshpit
