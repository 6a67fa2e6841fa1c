// Search: what a peer looks for in one round.
#pragma once

#include <cstdint>

#include "moshpit/ids.hpp"
#include "moshpit/report.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

// A group of at most `group_size` peers that share `key` at `time`, and of guests beyond that:
// peers that accept no connections and find no group elsewhere.
struct Search {
  DirectoryKey
      key;  // hash of run, grid key and time: where the peers of this group announce themselves
  RoundTime time;
  std::uint32_t group_size = 2;  // M. A full group starts at once
  // How long to wait for more, counted from the call; a group of 2 or more starts then.
  Duration patience{0};
  // How long to wait for those of whom nothing is known, counted from the call: after that, and
  // once the directory has told who announced itself, a group starts as soon as nobody is missing
  // who is known to come. Of no effect from `patience` on.
  Duration grace{Duration::max()};
  // How long to wait for others still when somebody has begun a newer step: that one is through
  // with this round, and those of this group may be on their way to it.
  Duration courtesy{0};
  std::uint32_t oldest_digit = 0;  // of the grid key: the one that goes after this round
  // Guests were seen lately: also a full group waits for everybody who may come.
  bool guests_expected = false;
  std::uint64_t bandwidth = 0;  // of this peer's line, in bytes a second; 0: not known yet
};

}  // namespace moshpit
