// Group: the peers that average together in one round, as the leader assembled it and told every
// member.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/address.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/report.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

struct Group {
  RoundId id;  // hash(run, group key, t, leader, nonce, ordered member list)
  RoundTime time;
  std::vector<Contact> members;  // in member order: slices, sums and reports count in it
  std::vector<std::uint32_t>
      digits;          // digits[i] is what member i appends to its grid key: below M, distinct but
                       // for members beyond M
  Duration spread{0};  // between the leader's announcement and the last member's arrival
  std::vector<std::uint64_t> bandwidths;  // of each member's line, in bytes a second; 0: unknown
  std::size_t self = 0;                   // this peer's index; not on the wire

  std::size_t size() const { return members.size(); }
};

}  // namespace moshpit
