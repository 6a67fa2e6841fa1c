#include "experiment/training/local_sgd.hpp"

#include "experiment/training/ring.hpp"

namespace moshpit {

void LocalSgd::run() {
  begin_period();
  world_.timeline().run();
}

void LocalSgd::begin_period() {
  ready_.assign(world_.size(), Time{});
  how_many_ready_ = 0;
  for (std::size_t i = 0; i < world_.size(); ++i) step(i, world_.plan().period);
}

void LocalSgd::step(std::size_t device, std::uint32_t left) {
  if (left == 0) return is_ready(device);
  world_.timeline().after(world_.step_time(device), [this, device, left] {
    world_.step(device);
    world_.count(1, world_.timeline().now());
    step(device, left - 1);
  });
}

void LocalSgd::is_ready(std::size_t device) {
  ready_[device] = world_.timeline().now() + world_.wires().draw_round_delay();
  if (++how_many_ready_ < world_.size()) return;
  world_.timeline().at(ring_all_reduce(world_.cluster(), world_.wires(), ready_), [this] {
    average();
    if (!world_.over()) begin_period();
  });
}

// All hold the mean of what they held.
void LocalSgd::average() {
  std::vector<float> mean(world_.parameters(0).size());
  for (std::size_t i = 0; i < world_.size(); ++i) {
    for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += world_.parameters(i)[k];
  }
  for (float& value : mean) value /= static_cast<float>(world_.size());
  for (std::size_t i = 0; i < world_.size(); ++i) world_.parameters(i) = mean;
}

}  // namespace moshpit
