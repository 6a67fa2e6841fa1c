// A parameter server, synchronous: every device sends its gradient to one host, which takes the
// step when all have come and sends everybody the parameters. The host has one line like everybody
// else, and that is what all wait for.
#pragma once

#include <cstddef>

#include "experiment/training/training_world.hpp"

namespace moshpit {

class ParameterServer {
 public:
  // Requires: the world was made with one host more than devices.
  explicit ParameterServer(TrainingWorld& world) : world_(world) {}

  void run();

 private:
  void compute(std::size_t device);
  void gradient_came();

  TrainingWorld& world_;
  std::size_t came_ = 0;
};

}  // namespace moshpit
