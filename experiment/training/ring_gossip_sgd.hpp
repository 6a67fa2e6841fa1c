// D-PSGD (Lian et al. 2017) on a ring: x_i <- (x_(i-1) + x_i + x_(i+1)) / 3 - rate g(x_i). Devices
// send their parameters at the beginning of a step, while they compute, and nobody begins the next
// step before both neighbours' have come. With a period above 1 the steps between have no
// neighbours.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "experiment/training/training_world.hpp"

namespace moshpit {

// The weight of j's parameters in i's mean, in a ring of so many. Symmetric, so columns sum to 1 as
// rows do: the mean of all is kept. Requires: at least 2 devices.
double ring_weight(std::size_t i, std::size_t j, std::size_t devices);

class RingGossipSgd {
 public:
  explicit RingGossipSgd(TrainingWorld& world) : world_(world), devices_(world.size()) {}

  void run();

 private:
  using Vector = std::vector<float>;
  struct DeviceState {
    std::uint64_t step = 0;
    bool computed = false;
    std::map<std::uint64_t, std::vector<std::pair<std::size_t, Vector>>>
        came;  // by step, from whom
  };

  void begin(std::size_t device);
  void send(std::size_t from, std::size_t to, std::uint64_t step, Vector values);
  void go_on(std::size_t device);
  void mix(std::size_t device);
  bool communicates(std::uint64_t step) const { return (step + 1) % world_.plan().period == 0; }
  std::vector<std::size_t> neighbours(std::size_t device) const;

  TrainingWorld& world_;
  std::vector<DeviceState> devices_;
};

}  // namespace moshpit
