// Shape: the grid on which a run averages from one of its steps on, and the place on it of
// everybody who was known to take part when it was proposed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/hash.hpp"
#include "moshpit/grid.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {

// A peer as lists name it: the first eight bytes of its id.
using MemberNumber = std::uint64_t;
inline MemberNumber member_number(const PeerId& peer) { return peer.leading(); }

// A run of more peers stays on the grid that it has. All shapes that a peer remembers fit into one
// message (ShapeBook).
inline constexpr std::size_t roster_limit = 32'768;

struct Shape {
  std::uint64_t first_step = 0;
  Grid grid;
  std::vector<MemberNumber> roster;  // ascending; who stands at position i has place i

  bool operator==(const Shape&) const = default;

  // Nothing for who is not on the roster.
  std::optional<std::uint64_t> place_of(const PeerId& peer) const {
    const auto found = std::ranges::lower_bound(roster, member_number(peer));
    if (found == roster.end() || *found != member_number(peer)) return std::nullopt;
    return static_cast<std::uint64_t>(found - roster.begin());
  }

  Digest digest() const {
    Hasher hasher;
    hasher.add(as_bytes("shape")).add(first_step).add(std::uint64_t{grid.side()});
    hasher.add(std::uint64_t{grid.dimensions()});
    for (const MemberNumber member : roster) hasher.add(member);
    return hasher.digest();
  }
};

}  // namespace moshpit
