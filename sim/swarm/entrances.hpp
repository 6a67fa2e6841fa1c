// The addresses of an invite, for who joins a swarm that is under way. The world's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "moshpit/ids.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {

// At most three, of different draws among the first `hosts`, of those that `is_there` says can be
// dialled. None if hardly anybody can.
std::vector<Address> draw_entrances(World& world, std::size_t hosts,
                                    const std::function<bool(std::size_t)>& is_there);

}  // namespace moshpit::sim
