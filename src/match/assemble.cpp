#include "match/assemble.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {

Assembled assemble(const Search& search, const RunId& run, const PeerId& leader,
                   std::vector<Contact> members, std::uint64_t nonce) {
  MOSHPIT_ASSERT(members.size() >= 2 && members.size() <= search.group_size);
  Random random(nonce);
  std::sort(members.begin(), members.end());
  random.shuffle(std::span(members));
  std::vector<std::uint32_t> digits(search.group_size);
  std::iota(digits.begin(), digits.end(), 0);
  random.shuffle(std::span(digits));
  digits.resize(members.size());

  Assembled assembled{search.key, nonce, {}};
  assembled.group.id = round_id(run, search.key, search.time, leader, nonce, members);
  assembled.group.time = search.time;
  assembled.group.members = std::move(members);
  assembled.group.digits = std::move(digits);
  return assembled;
}

}  // namespace moshpit
