// Balanced shares: how much of the vector each member of a group should own, so that the group's
// slowest member is done as soon as possible.
//
// Pure. Member i with a share w_i receives and sends 1 + (M-2) w_i vectors in a round of M members:
// the others' slices once, and its own once for each of the others. At bandwidth b_i that takes
// (1 + (M-2) w_i) / b_i. A bandwidth is the lesser of up and down, in vectors (or bytes) a second;
// 0 is a peer that cannot own anything and is not waited for. At least one must be above 0.
#pragma once

#include <span>
#include <vector>

namespace moshpit {

// The least time in which a group can average a vector of size 1; 0 for a peer alone.
double balanced_time(std::span<const double> bandwidths);

// Shares that reach it. They sum to 1.
std::vector<double> balanced_shares(std::span<const double> bandwidths);

// The time that these shares take. Requires: as many shares as bandwidths.
double time_of_shares(std::span<const double> shares, std::span<const double> bandwidths);

}  // namespace moshpit
