// Placement: which cell of the grid a newcomer takes, so that newcomers who fill a grid find
// exactly M in every cell.
//
// It is deferred acceptance (Gale and Shapley 1962): newcomers claim cells, each in an order of its
// own; a cell keeps the peers that moved there in the course of the run and then the claims with
// the smallest hash(cell, peer), M in all. Whoever is not among them claims the next cell. All
// compute the same from the same claims and nobody returns to a cell that turned it down, so it
// ends, in whatever order the claims become known. Pure; claims.hpp carries.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/random.hpp"
#include "moshpit/grid.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {

enum class ClaimKind : std::uint8_t {
  withdrawn = 0,  // claimed once, claims no more
  newcomer = 1,   // chose this cell and can choose another
  resident = 2,   // came here by its digits
};

// The claims on one cell, by peer.
using Claims = std::map<PeerId, ClaimKind>;

// Whether a peer that came to the cell by its digits may stay among these claims of others: a cell
// holds M. More come where a group of the round before fell into two, or somebody was left over and
// stayed; they would leave one over in every round.
bool keeps_residence(const DirectoryKey& cell, std::uint32_t side, const PeerId& self,
                     const Claims& others);

class Placement {
 public:
  Placement(const Grid& grid, const PeerId& self, Random& random);

  // The cell to claim now: the number of a grid key, in [0, M^(d-1)).
  std::uint64_t cell() const { return order_[position_]; }

  // Whether this peer, a newcomer, keeps its cell among these claims of others. Turned down by all
  // cells it stays where it began: there are more peers than places, and a cell with more than M
  // forms several groups.
  bool keeps(const Claims& others) const;

  // On to the next cell.
  void next() {
    position_ = (position_ + 1) % order_.size();
    if (position_ == 0) tried_all_ = true;
  }

 private:
  std::uint32_t side_;
  PeerId self_;
  std::vector<std::uint64_t> order_;
  std::size_t position_ = 0;
  bool tried_all_ = false;
};

}  // namespace moshpit
