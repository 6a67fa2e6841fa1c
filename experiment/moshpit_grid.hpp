// Moshpit All-Reduce on a grid of M^d places, for peers that hold one number each: who meets whom,
// round by round. An absent peer keeps its value.
//
// Pure machines. FixedGrid is the placement of the paper's experiment, MovingKeys its algorithm 1
// with the keys of the product. On a full grid without failures both are exact after d rounds.
#pragma once

#include <cstdint>
#include <vector>

#include "experiment/groups.hpp"
#include "match/grid_key.hpp"

namespace moshpit {

// `peers` different places of the grid, uniform at random. Requires: peers <= grid.places().
std::vector<std::uint64_t> distinct_places(const Grid& grid, std::size_t peers, Random& random);

// The same, and where there are more peers than places each one is taken as often as all others, or
// once more.
std::vector<std::uint64_t> spread_places(const Grid& grid, std::size_t peers, Random& random);

// Each peer stays at its place. In round t the peers of a line along axis t mod d meet.
class FixedGrid {
 public:
  // Requires: places are different and on the grid.
  FixedGrid(const Grid& grid, std::vector<std::uint64_t> places);

  void average(const Round& round, Values& values);

 private:
  // Which line along the axis the place lies on: the place without its coordinate of that axis.
  std::uint32_t line(std::uint64_t place, std::uint64_t axis_stride) const;

  Grid grid_;
  std::vector<std::uint64_t> places_;
  std::vector<std::uint32_t> lines_;
  Cells cells_;
};

// The place gives the first key, and peers of equal keys meet; with more than M of them they form
// several groups. A member moves on with a digit drawn at random, distinct in its group, whenever a
// group of two or more was assembled, also where its round failed. A peer alone keeps its key as
// GridKey says, an absent one as it is.
class MovingKeys {
 public:
  MovingKeys(const Grid& grid, const std::vector<std::uint64_t>& places);

  void average(const Round& round, Values& values);

  const std::vector<GridKey>& keys() const { return keys_; }

 private:
  void label_peers();
  void meet(std::span<PeerIndex> group, const Round& round, Values& values);
  void move_on(std::span<const PeerIndex> group, const Round& round);

  std::uint32_t side_;
  std::vector<GridKey> keys_;
  std::vector<std::uint32_t> labels_;  // the digits of each key as one number
  std::vector<std::uint32_t> digits_;  // range(M), shuffled for each group
  Cells cells_;
};

}  // namespace moshpit
