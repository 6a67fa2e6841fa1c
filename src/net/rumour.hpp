// Rumours: what everybody should hear is told to a few, and they tell a few.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "loop/loop.hpp"
#include "net/network.hpp"

namespace moshpit {

// Whoever hears of something new tells this many others: a rumour that misses one peer in four
// hundred (e^-6), and everybody in a small run.
inline constexpr std::size_t rumour_fanout = 6;

// Drawn among the connected ones.
inline std::vector<Contact> whom_to_tell(Network& network) {
  std::vector<Contact> others = network.connected_peers();
  network.loop().random().shuffle(std::span(others));
  others.resize(std::min(others.size(), rumour_fanout));
  return others;
}

}  // namespace moshpit
