#include "experiment/training/parameter_server.hpp"

namespace moshpit {

void ParameterServer::run() {
  for (std::size_t i = 0; i < world_.size(); ++i) compute(i);
  world_.timeline().run();
}

void ParameterServer::compute(std::size_t device) {
  const Duration ready = world_.step_time(device) + world_.wires().draw_round_delay();
  world_.timeline().after(ready, [this, device] {
    world_.wires().send(device, world_.size(), [this] { gradient_came(); });
  });
}

void ParameterServer::gradient_came() {
  if (++came_ < world_.size()) return;
  came_ = 0;
  world_.step_together();
  world_.count(world_.size(), world_.timeline().now());
  if (world_.over()) return;
  for (std::size_t i = 0; i < world_.size(); ++i) {
    world_.wires().send(world_.size(), i, [this, i] { compute(i); });
  }
}

}  // namespace moshpit
