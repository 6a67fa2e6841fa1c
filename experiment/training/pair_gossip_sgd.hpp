// AD-PSGD (Lian et al. 2018): every device takes steps at its own pace, with the slope at the
// parameters with which it began the step. Devices with an even number are active: beside each step
// they average with a passive one drawn at random, which keeps those who come waiting in line. An
// exchange changes both by half their difference, so the sum of all is kept, whatever steps are
// taken meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "experiment/training/training_world.hpp"

namespace moshpit {

class PairGossipSgd {
 public:
  explicit PairGossipSgd(TrainingWorld& world) : world_(world), devices_(world.size()) {}

  void run();

 private:
  struct DeviceState {
    std::uint64_t steps = 0;
    std::vector<float> slope;  // of the step under way
    bool computing = false;
    bool averaging = false;           // an active one, beside the step
    bool serving = false;             // a passive one
    std::deque<std::size_t> in_line;  // at a passive one
  };

  void begin(std::size_t device);
  void computed(std::size_t device);
  void go_on(std::size_t device);
  void serve_next(std::size_t passive);
  void exchange(std::size_t active, std::size_t passive, std::vector<float> values);
  std::size_t draw_passive();

  TrainingWorld& world_;
  std::vector<DeviceState> devices_;
};

}  // namespace moshpit
