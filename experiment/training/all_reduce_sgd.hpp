// AR-SGD: all devices take one step on the mean of their gradients, which a ring all-reduce gives
// them; nobody computes meanwhile. The same as SGD with the batches of all as one.
#pragma once

#include <vector>

#include "experiment/training/training_world.hpp"

namespace moshpit {

class AllReduceSgd {
 public:
  explicit AllReduceSgd(TrainingWorld& world) : world_(world) {}

  void run();

 private:
  void begin_step();

  TrainingWorld& world_;
};

}  // namespace moshpit
