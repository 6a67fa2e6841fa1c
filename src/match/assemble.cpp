#include "match/assemble.hpp"

#include <span>
#include <utility>

#include "base/assert.hpp"
#include "match/digits.hpp"
#include "moshpit/grid.hpp"

namespace moshpit {

Assembled assemble(const Search& search, const RunId& run, const PeerId& leader,
                   const Members& members, std::uint64_t nonce) {
  MOSHPIT_ASSERT(members.size() >= 2 && members.size() <= most_in_group(search.group_size));
  Random random(nonce);
  std::vector<std::pair<Contact, std::uint64_t>> order(members.begin(), members.end());
  random.shuffle(std::span(order));

  Assembled assembled{search.key, nonce, {}};
  Group& group = assembled.group;
  group.time = search.time;
  for (const auto& [member, bandwidth] : order) {
    group.members.push_back(member);
    group.bandwidths.push_back(bandwidth);
  }
  group.digits = draw_digits(search, group.members, random);
  group.id = round_id(run, search.key, leader, nonce, group);
  return assembled;
}

}  // namespace moshpit
