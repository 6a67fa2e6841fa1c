// What the paper compares Moshpit with. Each is told of a round and changes the values that the
// peers hold; an absent peer keeps its value.
//
// Pure machines. In the formulas x_i is what peer i holds, N the number of peers, L = ceil(log2 N)
// and t the round, from 0. A group of two that an absent peer leaves is a peer alone, so for
// ExponentialGraph and PushSum the two failure models are the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "experiment/groups.hpp"

namespace moshpit {

// All average at once, exactly. One absent peer and the round has no result for anybody.
class AllReduce {
 public:
  void average(const Round& round, Values& values);
};

// A ring: x_i <- (x_(i-1) + x_i + x_(i+1)) / 3, of those that are there.
class RingGossip {
 public:
  void average(const Round& round, Values& values);

 private:
  Values before_;
};

// The one-peer exponential graph with a row-stochastic matrix:
//   x_i <- (x_i + x_j) / 2,  j = (i + 2^k) mod N,  k uniform in 0..L-1, drawn by each i in each t.
// Rows sum to 1, columns do not: the mean drifts, so the error around the initial mean ends near
// 1/N instead of 0. (With the same k for everybody the columns would sum to 1 too, and without
// failures the graph would be the one of PushSum.)
class ExponentialGraph {
 public:
  void average(const Round& round, Values& values);

 private:
  Values before_;
};

// One-peer PushSum on the exponential graph. Peer i holds a sum s_i and a weight w_i, first x_i and
// 1, sends half of both to (i + 2^(t mod L)) mod N and estimates x_i = s_i / w_i. Columns sum to 1:
// no mass is lost, also where absent peers keep theirs and are sent nothing. Exact after L rounds
// if N = 2^L and nobody is absent.
class PushSum {
 public:
  explicit PushSum(const Values& values);

  void average(const Round& round, Values& values);

 private:
  std::vector<double> sums_;
  std::vector<double> weights_;
  std::vector<double> sums_before_;
  std::vector<double> weights_before_;
};

// A new partition in every round, uniform at random, into groups of the same size (the last one may
// be smaller).
class RandomGroups {
 public:
  RandomGroups(std::size_t peers, std::size_t group_size);

  void average(const Round& round, Values& values);

 private:
  std::size_t group_size_;
  std::vector<PeerIndex> order_;
};

}  // namespace moshpit
