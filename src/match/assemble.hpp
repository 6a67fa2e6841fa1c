// What a leader does when its group starts: draws the order of the members and the digit of each
// (digits.hpp).
// Pure.
#pragma once

#include <vector>

#include "base/address.hpp"
#include "base/random.hpp"
#include "match/search.hpp"
#include "wire/match_messages.hpp"

namespace moshpit {

// The same nonce and members give the same group, in whatever order the members came.
// Requires: 2 <= members.size() <= most_in_group(search.group_size), the leader among them.
Assembled assemble(const Search& search, const RunId& run, const PeerId& leader,
                   std::vector<Contact> members, std::uint64_t nonce);

}  // namespace moshpit
