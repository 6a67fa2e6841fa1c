// Digits: what the members of a group append to their grid keys. Pure.
//
// Peers that accept no connections meet only where somebody does, so those who do are spread over
// the keys of the next round: the j-th of each group gets (oldest digit of the key + offset j) mod
// M, with offsets that all groups of the round share. From old keys to new ones that is a bijection
// for each j. So where every group has somebody who accepts connections, every next group has, too;
// and there are never fewer such groups than in the round before (docs/decisions/011). The others
// draw from the digits that are left.
#pragma once

#include <cstdint>
#include <vector>

#include "base/address.hpp"
#include "base/random.hpp"
#include "match/search.hpp"

namespace moshpit {

// One for each member, below M; distinct, but for the members beyond M, who accept no connections
// and get a second round of digits. `random` decides what no rule does. Requires: at most M members
// accept connections, and 2 M in all.
std::vector<std::uint32_t> draw_digits(const Search& search, const std::vector<Contact>& members,
                                       Random& random);

}  // namespace moshpit
