#include "match/assemble.hpp"

#include <numeric>
#include <span>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {

Assembled assemble(const Search& search, const RunId& run, const PeerId& leader,
                   const Members& members, std::uint64_t nonce) {
  MOSHPIT_ASSERT(members.size() >= 2 && members.size() <= search.group_size);
  Random random(nonce);
  std::vector<std::pair<Contact, std::uint64_t>> order(members.begin(), members.end());
  random.shuffle(std::span(order));
  std::vector<std::uint32_t> digits(search.group_size);
  std::iota(digits.begin(), digits.end(), 0);
  random.shuffle(std::span(digits));
  digits.resize(members.size());

  Assembled assembled{search.key, nonce, {}};
  Group& group = assembled.group;
  group.time = search.time;
  group.digits = std::move(digits);
  for (const auto& [member, bandwidth] : order) {
    group.members.push_back(member);
    group.bandwidths.push_back(bandwidth);
  }
  group.id = round_id(run, search.key, leader, nonce, group);
  return assembled;
}

}  // namespace moshpit
