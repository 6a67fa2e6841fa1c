// GridKey: the d-1 digits, base M, that say which group a peer belongs to. Peers with equal digits
// at equal time meet.
//
// Pure value. Invariant: d-1 digits, each below M. After a round in a group the oldest digit goes
// and the drawn one comes (paper.md, "Moshpit All-Reduce"); after a round without a group the
// digits stay, and only a peer that was alone `rounds_until_redraw` times in a row draws its newest
// digit again.
//
// Differences from the paper: the digit is drawn by the group's leader, distinct among the members,
// and has nothing to do with the slices (round.md, "Identity and time of a round"); a lonely peer
// is never stuck in an empty cell.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "moshpit/grid.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/report.hpp"

namespace moshpit {

class GridKey {
 public:
  // The smallest number that leaves tiny full grids whole: with 5 % of the peers absent, 2x2x2
  // needs 8.0 rounds to 1e-9 with 3 or more, 8.5 with 2 and 11.2 with 1. Larger ones make few peers
  // on a large grid wait (RedrawPatience, in the test).
  static constexpr std::uint32_t rounds_until_redraw = 3;

  // The first d-1 coordinates of the place: floor(place / M^(j-1)) mod M. Requires: place <
  // grid.places().
  static GridKey at_place(const Grid& grid, std::uint64_t place);

  // Anywhere: for a late peer that found no free place.
  static GridKey at_random(const Grid& grid, Random& random);

  // The key after a round in a group that gave this peer `digit`. Requires: digit < M.
  GridKey advanced(std::uint32_t digit) const;

  // The key after a round in which no group was assembled.
  GridKey stayed_alone(Random& random, std::uint32_t patience = rounds_until_redraw) const;

  // "(2,*)": oldest digit first; the star is the axis along which this peer's group lies.
  std::string text() const;

  // Where the peers that share this key on this grid at this time announce themselves.
  DirectoryKey directory_key(const RunId& run, RoundTime time) const;

  const std::vector<std::uint32_t>& digits() const { return digits_; }
  // The one that goes when the next one comes; 0 where there is one key only.
  std::uint32_t oldest_digit() const { return digits_.empty() ? 0 : digits_.front(); }

 private:
  GridKey(std::uint32_t side, std::vector<std::uint32_t> digits);

  std::uint32_t side_;
  std::vector<std::uint32_t> digits_;
  std::uint32_t lonely_rounds_ = 0;
};

}  // namespace moshpit
