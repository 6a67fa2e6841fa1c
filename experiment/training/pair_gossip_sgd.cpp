#include "experiment/training/pair_gossip_sgd.hpp"

#include <utility>

namespace moshpit {
namespace {

bool is_active(std::size_t device) { return device % 2 == 0; }

// Answers the change.
std::vector<float> half_difference(const std::vector<float>& to, const std::vector<float>& from) {
  std::vector<float> change(from.size());
  for (std::size_t k = 0; k < change.size(); ++k) change[k] = (to[k] - from[k]) / 2;
  return change;
}

void add(const std::vector<float>& change, float sign, std::vector<float>& values) {
  for (std::size_t k = 0; k < values.size(); ++k) values[k] += sign * change[k];
}

}  // namespace

void PairGossipSgd::run() {
  for (std::size_t i = 0; i < devices_.size(); ++i) begin(i);
  world_.timeline().run();
}

std::size_t PairGossipSgd::draw_passive() {
  return 2 * static_cast<std::size_t>(world_.random().below(devices_.size() / 2)) + 1;
}

void PairGossipSgd::begin(std::size_t device) {
  DeviceState& own = devices_[device];
  const auto slope = world_.gradient(device, world_.parameters(device));
  own.slope.assign(slope.begin(), slope.end());
  own.computing = true;
  world_.timeline().after(world_.step_time(device), [this, device] { computed(device); });
  own.averaging = is_active(device) && (own.steps + 1) % world_.plan().period == 0;
  if (!own.averaging) return;
  const std::size_t passive = draw_passive();
  world_.timeline().after(world_.wires().draw_round_delay(), [this, device, passive] {
    devices_[passive].in_line.push_back(device);
    serve_next(passive);
  });
}

void PairGossipSgd::computed(std::size_t device) {
  DeviceState& own = devices_[device];
  own.computing = false;
  world_.descend(device, own.slope);
  ++own.steps;
  world_.count(1, world_.timeline().now());
  go_on(device);
}

void PairGossipSgd::go_on(std::size_t device) {
  const DeviceState& own = devices_[device];
  if (!own.computing && !own.averaging && !world_.over()) begin(device);
}

void PairGossipSgd::serve_next(std::size_t passive) {
  DeviceState& own = devices_[passive];
  if (own.serving || own.in_line.empty()) return;
  own.serving = true;
  const std::size_t active = own.in_line.front();
  own.in_line.pop_front();
  world_.wires().send(active, passive, [this, active, passive, values = world_.parameters(active)] {
    exchange(active, passive, values);
  });
}

// The active one's values have come. The passive one's have flowed back meanwhile, on the two other
// wires; only their end is later.
void PairGossipSgd::exchange(std::size_t active, std::size_t passive, std::vector<float> values) {
  const auto change = half_difference(values, world_.parameters(passive));
  add(change, 1, world_.parameters(passive));
  devices_[passive].serving = false;
  serve_next(passive);
  world_.timeline().after(world_.wires().draw_latency(), [this, active, change] {
    add(change, -1, world_.parameters(active));
    devices_[active].averaging = false;
    go_on(active);
  });
}

}  // namespace moshpit
