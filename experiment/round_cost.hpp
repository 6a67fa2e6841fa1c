// What one round on a grid costs: seconds and bytes, for peers whose bandwidths are known.
//
// Pure. Peers are put on the grid at random, as many times as asked, and the groups that they form
// are what is averaged over.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "moshpit/grid.hpp"

namespace moshpit {

// How often a message is awaited in a round, once links are warm: measured in the simulated world,
// `moshpit simulate swarm --peers 64 --grid 8x8 --latency 20 --steps 24 --fixed-places --vector
// 256`. Matching takes 0.12 s there from a step's second round on, which is a question and an
// answer each for the announcement, its news and the request to join. Reducing takes 0.06 s: the
// assembled group, the contributions, the results.
constexpr int matching_latencies = 6;
constexpr int reducing_latencies = 3;

// How long an incomplete group waits for whoever may still come, as average/patience.hpp has it:
// two round trips and 30 ms where holes are known, and the shortest patience where peers are left
// over when a key's groups are full.
constexpr double hole_latencies = 4;
constexpr double hole_seconds = .030;
constexpr double crowd_seconds = .250;

struct NetworkCost {
  // Bytes a second, of each peer the lesser of up and down, all above 0. They are dealt to the
  // peers in a random order, again and again where they are fewer. At least one.
  std::vector<double> bandwidths;
  double latency = 0;  // seconds from one peer to another
};

struct RoundCost {
  // Of the slowest group, since the next round mixes the members of all.
  double transfer_seconds = 0;      // shares balanced by bandwidth
  double equal_slices_seconds = 0;  // what the same takes where each member owns as much
  double latency_seconds = 0;
  double waiting_seconds = 0;  // of incomplete groups
  double bytes_per_peer = 0;   // sent, on the mean; as much is received
  double groups = 0;
  double peers_without_slice = 0;  // as a share of all: too slow to own one

  double overhead_seconds() const { return latency_seconds + waiting_seconds; }
  double seconds() const { return transfer_seconds + overhead_seconds(); }
};

// The failure rate decides only whether groups have holes: bytes are those of groups in which
// nobody is absent. Requires: peers >= 1, draws >= 1.
RoundCost round_cost(const Grid& grid, std::uint64_t peers, double vector_bytes,
                     double failure_rate, const NetworkCost& network, std::uint32_t draws,
                     Random& random);

}  // namespace moshpit
