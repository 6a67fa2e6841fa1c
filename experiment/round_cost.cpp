#include "experiment/round_cost.hpp"

#include <algorithm>

#include "experiment/balanced_shares.hpp"
#include "experiment/moshpit_grid.hpp"

namespace moshpit {
namespace {

// Of a vector of size 1.
struct GroupCost {
  double balanced = 0;
  double equal_slices = 0;
  double without_slice = 0;  // members
};

GroupCost group_cost(std::span<const double> bandwidths) {
  if (bandwidths.size() < 2) return {};
  const std::vector<double> balanced = balanced_shares(bandwidths);
  const std::vector<double> equal(bandwidths.size(), 1.0 / static_cast<double>(bandwidths.size()));
  return {balanced_time(bandwidths), time_of_shares(equal, bandwidths),
          static_cast<double>(std::ranges::count(balanced, 0.0))};
}

std::vector<std::uint32_t> first_keys(const Grid& grid, std::uint64_t peers, Random& random) {
  const std::uint64_t keys = grid.places() / grid.side();
  std::vector<std::uint32_t> labels;
  labels.reserve(peers);
  for (const std::uint64_t place : spread_places(grid, peers, random)) {
    labels.push_back(static_cast<std::uint32_t>(place % keys));
  }
  return labels;
}

// Adds one draw of groups for a vector of size 1.
void add_draw(const Grid& grid, std::span<const double> bandwidths, Random& random,
              RoundCost& sum) {
  Cells cells;
  cells.sort(first_keys(grid, bandwidths.size(), random));
  GroupCost slowest;
  std::vector<double> members;
  const auto meet = [&](std::span<PeerIndex> group) {
    members.clear();
    for (const PeerIndex peer : group) members.push_back(bandwidths[peer]);
    const GroupCost cost = group_cost(members);
    slowest.balanced = std::max(slowest.balanced, cost.balanced);
    slowest.equal_slices = std::max(slowest.equal_slices, cost.equal_slices);
    sum.peers_without_slice += cost.without_slice;
    sum.bytes_per_peer += 2 * (static_cast<double>(group.size()) - 1);
    sum.groups += 1;
  };
  cells.for_each([&](std::span<PeerIndex> cell) { for_each_piece(cell, grid.side(), meet); });
  sum.transfer_seconds += slowest.balanced;
  sum.equal_slices_seconds += slowest.equal_slices;
}

std::vector<double> deal(const std::vector<double>& bandwidths, std::uint64_t peers,
                         Random& random) {
  std::vector<double> order = bandwidths;
  random.shuffle(std::span(order));
  std::vector<double> dealt(peers);
  for (std::uint64_t peer = 0; peer < peers; ++peer) dealt[peer] = order[peer % order.size()];
  return dealt;
}

double waiting_seconds(const Grid& grid, std::uint64_t peers, double failure_rate, double latency) {
  if (peers > grid.places()) return crowd_seconds;
  if (peers == grid.places() && failure_rate == 0) return 0;
  return hole_latencies * latency + hole_seconds;
}

}  // namespace

RoundCost round_cost(const Grid& grid, std::uint64_t peers, double vector_bytes,
                     double failure_rate, const NetworkCost& network, std::uint32_t draws,
                     Random& random) {
  RoundCost cost;
  for (std::uint32_t draw = 0; draw < draws; ++draw) {
    add_draw(grid, deal(network.bandwidths, peers, random), random, cost);
  }
  const double each_peer = static_cast<double>(peers) * draws;
  cost.transfer_seconds *= vector_bytes / draws;
  cost.equal_slices_seconds *= vector_bytes / draws;
  cost.bytes_per_peer *= vector_bytes / each_peer;
  cost.peers_without_slice /= each_peer;
  cost.groups /= draws;
  cost.waiting_seconds = waiting_seconds(grid, peers, failure_rate, network.latency);
  cost.latency_seconds = (matching_latencies + reducing_latencies) * network.latency;
  return cost;
}

}  // namespace moshpit
