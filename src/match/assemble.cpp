#include "match/assemble.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/assert.hpp"
#include "match/digits.hpp"
#include "moshpit/grid.hpp"

namespace moshpit {

Assembled assemble(const Search& search, const RunId& run, const PeerId& leader,
                   std::vector<Contact> members, std::uint64_t nonce) {
  MOSHPIT_ASSERT(members.size() >= 2 && members.size() <= most_in_group(search.group_size));
  Random random(nonce);
  std::sort(members.begin(), members.end());
  random.shuffle(std::span(members));

  Assembled assembled{search.key, nonce, {}};
  assembled.group.id = round_id(run, search.key, search.time, leader, nonce, members);
  assembled.group.time = search.time;
  assembled.group.digits = draw_digits(search, members, random);
  assembled.group.members = std::move(members);
  return assembled;
}

}  // namespace moshpit
