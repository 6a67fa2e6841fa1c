// Groups of peers: a list of peers is cut into pieces, and each piece averages.
//
// Pure. Nothing depends on anything but the arguments and the seed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "experiment/attendance.hpp"

namespace moshpit {

// What the peers hold, one number each, by PeerIndex.
using Values = std::vector<double>;

// What a method of averaging is told when a round begins.
struct Round {
  std::uint32_t number = 0;  // the first is 0
  const Attendance& attendance;
  Random& random;
};

double mean_of(const Values& values);

// (1/N) sum (value - center)^2.
double mean_squared_error(const Values& values, double center);

// Independent draws with mean 0 and variance 1.
Values normal_values(std::size_t peers, Random& random);

// 0, 1, ..., peers-1.
std::vector<PeerIndex> all_peers(std::size_t peers);

// One exact all-reduce: each of them holds their mean afterwards.
void average(std::span<const PeerIndex> group, Values& values);

// Calls `meet` with consecutive pieces of at most `size` peers. Requires: size > 0.
template <class Meet>
void for_each_piece(std::span<PeerIndex> peers, std::size_t size, Meet meet) {
  for (std::size_t begin = 0; begin < peers.size(); begin += size) {
    meet(peers.subspan(begin, std::min(size, peers.size() - begin)));
  }
}

// Cells: the peers sorted by a label; those with equal labels meet. Its memory is reused from round
// to round.
class Cells {
 public:
  // labels[peer]; afterwards cells are in the order of their labels, peers in each in theirs.
  void sort(std::span<const std::uint32_t> labels);

  template <class Meet>
  void for_each(Meet meet) {
    for (std::size_t begin = 0, end = 0; begin < peers_.size(); begin = end) {
      while (end < peers_.size() && label(end) == label(begin)) ++end;
      meet(std::span(peers_).subspan(begin, end - begin));
    }
  }

 private:
  std::uint64_t label(std::size_t position) const { return sorted_[position] >> 32; }

  std::vector<std::uint64_t> sorted_;  // the label in the upper half, the peer in the lower one
  std::vector<PeerIndex> peers_;
};

}  // namespace moshpit
