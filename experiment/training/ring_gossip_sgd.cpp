#include "experiment/training/ring_gossip_sgd.hpp"

#include <utility>

namespace moshpit {

double ring_weight(std::size_t i, std::size_t j, std::size_t devices) {
  double weight = i == j ? 1.0 / 3 : 0;
  if ((i + 1) % devices == j) weight += 1.0 / 3;
  if ((j + 1) % devices == i) weight += 1.0 / 3;
  return weight;
}

void RingGossipSgd::run() {
  for (std::size_t i = 0; i < devices_.size(); ++i) begin(i);
  world_.timeline().run();
}

std::vector<std::size_t> RingGossipSgd::neighbours(std::size_t device) const {
  const std::size_t next = (device + 1) % devices_.size();
  const std::size_t last = (device + devices_.size() - 1) % devices_.size();
  return next == last ? std::vector{next} : std::vector{last, next};
}

void RingGossipSgd::begin(std::size_t device) {
  DeviceState& own = devices_[device];
  own.computed = false;
  if (communicates(own.step)) {
    const Vector values = world_.parameters(device);
    const Duration delay = world_.wires().draw_round_delay();
    world_.timeline().after(delay, [this, device, step = own.step, values] {
      for (const std::size_t to : neighbours(device)) send(device, to, step, values);
    });
  }
  world_.timeline().after(world_.step_time(device), [this, device] {
    devices_[device].computed = true;
    go_on(device);
  });
}

void RingGossipSgd::send(std::size_t from, std::size_t to, std::uint64_t step, Vector values) {
  world_.wires().send(from, to, [this, from, to, step, values] {
    devices_[to].came[step].emplace_back(from, values);
    go_on(to);
  });
}

void RingGossipSgd::go_on(std::size_t device) {
  DeviceState& own = devices_[device];
  const bool waits =
      communicates(own.step) && own.came[own.step].size() < neighbours(device).size();
  if (!own.computed || waits) return;
  const auto gradient = world_.gradient(device, world_.parameters(device));
  if (communicates(own.step)) mix(device);
  world_.descend(device, gradient);
  world_.count(1, world_.timeline().now());
  own.came.erase(own.step);
  ++own.step;
  if (!world_.over()) return begin(device);
  own.computed = false;
}

void RingGossipSgd::mix(std::size_t device) {
  std::vector<float>& values = world_.parameters(device);
  const auto own_weight = static_cast<float>(ring_weight(device, device, devices_.size()));
  for (float& value : values) value *= own_weight;
  for (const auto& [from, other] : devices_[device].came[devices_[device].step]) {
    const auto weight = static_cast<float>(ring_weight(device, from, devices_.size()));
    for (std::size_t k = 0; k < values.size(); ++k) values[k] += weight * other[k];
  }
}

}  // namespace moshpit
