// Local SGD: every device takes `period` steps of its own, then a ring all-reduce averages the
// parameters of all; nobody computes meanwhile. With period 1 and no momentum it is AR-SGD.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "experiment/training/training_world.hpp"

namespace moshpit {

class LocalSgd {
 public:
  explicit LocalSgd(TrainingWorld& world) : world_(world) {}

  void run();

 private:
  void begin_period();
  void step(std::size_t device, std::uint32_t left);
  void is_ready(std::size_t device);
  void average();

  TrainingWorld& world_;
  std::vector<Time> ready_;
  std::size_t how_many_ready_ = 0;
};

}  // namespace moshpit
