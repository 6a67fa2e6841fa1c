// When peers of a fleet are away: taken at a moment that nobody chose, back a while later with
// nothing. The same for whoever trains on them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "experiment/albert/fleet.hpp"

namespace moshpit {

// Of one peer; both since training began.
struct Absence {
  std::size_t peer = 0;
  Duration from{0};
  Duration until{0};
};

// All that begin before the horizon, in the order of their beginnings. All peers are there at the
// beginning.
std::vector<Absence> draw_absences(const Fleet& fleet, Duration horizon, std::uint64_t seed);

// What the peers cost from the beginning to then: each while it is there.
double dollars_until(const Fleet& fleet, const std::vector<Absence>& absences, double seconds);

}  // namespace moshpit
