// Host::State: a computer and the programs on it. Private to host.cpp and world.cpp.
#pragma once

#include <memory>
#include <vector>

#include "sim/computer.hpp"
#include "sim/network.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {

class Host::State {
 public:
  State(Shard& shard, Network& network_of_world, std::uint32_t index, HostOptions options,
        Random random)
      : network(network_of_world), computer(shard, network, index, options, random) {
    network.attach(computer);
  }
  ~State() { destroy_programs(); }

  // The youngest first, as if they were local variables.
  void destroy_programs() {
    while (!programs.empty()) programs.pop_back();
  }

  Network& network;
  Computer computer;
  std::vector<std::unique_ptr<AnyProgram>> programs;
};

}  // namespace moshpit::sim
