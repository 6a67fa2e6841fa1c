// The time of a ring all-reduce among all devices: 2 (N - 1) phases, in each of which every device
// sends an N-th of the vector to the next one. Pure.
#pragma once

#include <vector>

#include "experiment/training/cluster.hpp"
#include "experiment/training/wires.hpp"

namespace moshpit {

// When the last device has the result; `ready` says when each of them joins in. If one fails, what
// was done is void, and all begin anew together.
Time ring_all_reduce(const Cluster& cluster, Wires& wires, std::vector<Time> ready);

}  // namespace moshpit
