// How many threads a simulated swarm is run on, if nobody says.
#pragma once

#include <algorithm>
#include <cstddef>
#include <thread>

namespace moshpit {

// Small swarms have too little to do in a window (sim/world.hpp) to share it out.
inline std::size_t threads_for(std::size_t peers) {
  constexpr std::size_t peers_a_thread = 64;
  constexpr std::size_t most = 64;
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  return std::min({cores, most, 1 + peers / peers_a_thread});
}

}  // namespace moshpit
