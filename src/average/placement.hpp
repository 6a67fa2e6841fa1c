// Placement: which cell of the grid a newcomer takes, so that newcomers who fill a grid find
// exactly M in every cell, and in each of them somebody who accepts connections.
//
// It is deferred acceptance (Gale and Shapley 1962): newcomers claim cells, each in an order of its
// own; a cell keeps the peers that moved there in the course of the run and then M in all by an
// order of the cell: first the best one of those who accept connections, if none is there yet, then
// those who accept none, then the others; the best is who has the smallest hash(cell, peer).
// Whoever is not among them claims the next cell. All compute the same from the same claims and
// nobody returns to a cell that turned it down while another one may take it, so it ends, in
// whatever order the claims become known. The order of its own is free: whoever was turned down
// looks at the coming cells and leaves those that are full for the end, or the last newcomers would
// have to send each other from cell to cell until one of them hits upon the last free place. Pure;
// claims.hpp carries (docs/decisions/004, 011 and 020).
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/hash.hpp"
#include "base/random.hpp"
#include "moshpit/grid.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {

enum class ClaimKind : std::uint8_t {
  withdrawn = 0,  // claimed once, claims no more
  newcomer = 1,   // chose this cell and can choose another
  resident = 2,   // came here by its digits
};

struct Claim {
  ClaimKind kind = ClaimKind::withdrawn;
  bool accepts = true;  // connections
};

// The claims on one cell, by peer.
using Claims = std::map<PeerId, Claim>;

// Whether somebody among them can lead a group of peers that accept no connections.
bool has_host(const Claims& claims);

// Those with whom the cell was agreed on as newcomers count as newcomers when they have begun their
// first step: they take nobody's place.
void keep_agreement(const Claims& agreed, Claims& claims);

// Whether a peer that did not choose the cell may stay with this claim among those of others: a
// cell holds `room`, which is M where there are no guests. More come where a group of the round
// before fell into two, or somebody was left over and stayed; they would leave one over in every
// round.
bool may_stay(const DirectoryKey& cell, std::uint32_t room, const PeerId& self, const Claim& mine,
              const Claims& others);

class Placement {
 public:
  // `accepts`: this peer accepts connections.
  Placement(const Grid& grid, const PeerId& self, bool accepts, Random& random);

  // The cell to claim now: the number of a grid key, in [0, M^(d-1)).
  std::uint64_t cell() const { return order_[position_]; }

  // Whether this peer, a newcomer, keeps its cell among these claims of others. `calm`: who accepts
  // connections and is not among them does not come. Turned down by all cells often enough it stays
  // where it began: there are more peers than places, and a cell with more than M forms several
  // groups.
  bool keeps(const Claims& others, bool calm) const;

  // On to the next cell.
  void next() {
    position_ = (position_ + 1) % order_.size();
    if (position_ == 0) ++turns_;
  }
  bool has_tried_all() const { return turns_ == turns; }

  // The cells that come after this one, at most `limit` of them: none that was claimed before, and
  // none once all have been.
  std::vector<std::uint64_t> coming(std::size_t limit) const;
  // What stands in the coming cells, in this order. Those before the first with a free place are
  // put behind all others; false if none has one, and all of these are.
  bool pass_over_full(const std::vector<Claims>& claims);

 private:
  bool has_room(std::uint64_t cell, const Claims& claims) const;
  bool keeps_in(std::uint64_t cell, const Claims& others, bool calm) const;
  bool keeps_host(std::uint64_t cell, const Claims& others) const;
  bool keeps_guest(std::uint64_t cell, const Claims& others, bool calm) const;

  // In the first one a peer takes no place that others need more. While some are still at that,
  // cells turn down others for their sake, so that one more turn would not be enough.
  static constexpr std::uint32_t turns = 4;

  std::uint32_t side_;
  PeerId self_;
  bool accepts_;
  std::vector<std::uint64_t> order_;
  std::size_t position_ = 0;
  std::uint32_t turns_ = 0;
};

}  // namespace moshpit
