#include "experiment/training/all_reduce_sgd.hpp"

#include "experiment/training/ring.hpp"

namespace moshpit {

void AllReduceSgd::run() {
  begin_step();
  world_.timeline().run();
}

void AllReduceSgd::begin_step() {
  if (world_.over()) return;
  std::vector<Time> ready;
  for (std::size_t i = 0; i < world_.size(); ++i) {
    ready.push_back(world_.timeline().now() + world_.step_time(i) +
                    world_.wires().draw_round_delay());
  }
  world_.timeline().at(ring_all_reduce(world_.cluster(), world_.wires(), ready), [this] {
    world_.step_together();
    world_.count(world_.size(), world_.timeline().now());
    begin_step();
  });
}

}  // namespace moshpit
