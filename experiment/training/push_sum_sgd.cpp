#include "experiment/training/push_sum_sgd.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {

PushSumSgd::PushSumSgd(TrainingWorld& world, PushSumOptions options)
    : world_(world),
      options_(options),
      levels_(std::bit_width(world.size() - 1)),
      devices_(world.size()) {
  MOSHPIT_ASSERT(options.peers >= 1 && options.peers <= levels_);
}

void PushSumSgd::run() {
  for (std::size_t i = 0; i < devices_.size(); ++i) begin(i);
  world_.timeline().run();
}

void PushSumSgd::begin(std::size_t device) {
  devices_[device].computing = true;
  world_.timeline().after(world_.step_time(device), [this, device] { computed(device); });
}

void PushSumSgd::computed(std::size_t device) {
  DeviceState& own = devices_[device];
  own.computing = false;
  descend(device);
  ++own.step;
  if (own.step % world_.plan().period == 0) send_shares(device);
  world_.count(1, world_.timeline().now());
  go_on(device);
}

void PushSumSgd::descend(std::size_t device) {
  std::vector<float> model = world_.parameters(device);
  const auto weight = static_cast<float>(world_.weight(device));
  for (float& value : model) value /= weight;
  world_.descend(device, world_.gradient(device, model));
}

std::size_t PushSumSgd::target(std::size_t device, std::uint64_t round, std::size_t which) const {
  return (device + (std::size_t{1} << ((round + which) % levels_))) % devices_.size();
}

void PushSumSgd::send_shares(std::size_t device) {
  const std::uint64_t round = devices_[device].round++;
  std::vector<float>& values = world_.parameters(device);
  const double kept = 1.0 / static_cast<double>(options_.peers + 1);
  for (float& value : values) value *= static_cast<float>(kept);
  world_.weight(device) *= kept;
  const Share share{values, world_.weight(device)};
  world_.timeline().after(world_.wires().draw_round_delay(), [this, device, round, share] {
    for (std::size_t which = 0; which < options_.peers; ++which) {
      const std::size_t to = target(device, round, which);
      world_.wires().send(device, to, [this, to, round, share] { share_came(to, round, share); });
    }
  });
}

void PushSumSgd::share_came(std::size_t device, std::uint64_t round, Share share) {
  DeviceState& own = devices_[device];
  own.came.push_back(std::move(share));
  ++own.how_many[round];
  if (own.stopped) return take_in(device);
  if (!own.computing) go_on(device);
}

void PushSumSgd::go_on(std::size_t device) {
  DeviceState& own = devices_[device];
  const std::uint64_t behind = options_.overlapped ? 1 : 0;
  const bool waits = own.step % world_.plan().period == 0 && own.round > behind &&
                     own.how_many[own.round - 1 - behind] < options_.peers;
  own.stopped = world_.over();
  if (waits && !own.stopped) return;
  take_in(device);
  if (!own.stopped) begin(device);
}

void PushSumSgd::take_in(std::size_t device) {
  std::vector<float>& values = world_.parameters(device);
  for (const Share& share : std::exchange(devices_[device].came, {})) {
    for (std::size_t k = 0; k < values.size(); ++k) values[k] += share.values[k];
    world_.weight(device) += share.weight;
  }
}

}  // namespace moshpit
