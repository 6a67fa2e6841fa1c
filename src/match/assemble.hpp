// What a leader does when its group starts: draws the order of the members and the digit of each
// (digits.hpp).
// Pure.
#pragma once

#include <cstdint>
#include <map>

#include "base/address.hpp"
#include "base/random.hpp"
#include "match/search.hpp"
#include "wire/match_messages.hpp"

namespace moshpit {

// The members, and the bandwidth of each.
using Members = std::map<Contact, std::uint64_t>;

// The same nonce and members give the same group.
// Requires: 2 <= members.size() <= most_in_group(search.group_size), the leader among them.
Assembled assemble(const Search& search, const RunId& run, const PeerId& leader,
                   const Members& members, std::uint64_t nonce);

}  // namespace moshpit
