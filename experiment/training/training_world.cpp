#include "experiment/training/training_world.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// The schedule of ResNet-50 on ImageNet, as shares of all samples: 5 of 90 passes of warm-up, and a
// tenth from 30, 60 and 80 on (Goyal et al. 2017; the authors' settings).
constexpr double warm_up = 5.0 / 90;
constexpr std::array decays{30.0 / 90, 60.0 / 90, 80.0 / 90};

// Of how many devices the own parameters are looked at in the end.
constexpr std::size_t own_looked_at = 8;

}  // namespace

TrainingWorld::TrainingWorld(const Cluster& cluster, const TrainingPlan& plan, Model& model,
                             const Dataset& dataset, std::size_t more_hosts)
    : cluster_(cluster),
      plan_(plan),
      model_(model),
      dataset_(dataset),
      random_(plan.seed),
      wires_(cluster, timeline_, random_.fork(), more_hosts),
      gradient_(model.size()),
      budget_(plan.passes * static_cast<double>(dataset.train.size())) {
  MOSHPIT_ASSERT(plan.period > 0 && plan.batch > 0 && plan.evaluations > 0 && budget_ > 0);
  const std::vector<float> initial = model.initial(plan.seed);
  const std::size_t devices = cluster.devices.size();
  for (std::size_t i = 0; i < devices; ++i) {
    devices_.push_back({initial, Sgd(initial.size(), plan.sgd),
                        Shard(dataset.train.size(), i, devices, plan.seed)});
  }
  next_evaluation_ = budget_ / static_cast<double>(plan.evaluations);
}

std::span<const float> TrainingWorld::gradient(std::size_t device, std::span<const float> at) {
  devices_[device].shard.next(dataset_.train, plan_.batch, batch_);
  model_.loss_and_gradient(at, batch_, gradient_);
  return gradient_;
}

void TrainingWorld::descend(std::size_t device, std::span<const float> gradient) {
  DeviceState& state = devices_[device];
  state.sgd.step(state.parameters, gradient, rate());
}

void TrainingWorld::step(std::size_t device) {
  descend(device, gradient(device, devices_[device].parameters));
}

void TrainingWorld::step_together() {
  std::vector<double> sum(gradient_.size());
  for (std::size_t device = 0; device < devices_.size(); ++device) {
    const auto slope = gradient(device, devices_[0].parameters);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += slope[i];
  }
  for (std::size_t i = 0; i < sum.size(); ++i) {
    gradient_[i] = static_cast<float>(sum[i] / static_cast<double>(devices_.size()));
  }
  descend(0, gradient_);
  for (DeviceState& device : devices_) device.parameters = devices_[0].parameters;
}

// By the samples of all devices: the run's clock.
float TrainingWorld::rate() const {
  const double done = samples_ / budget_;
  double factor = std::min(1.0, (done + warm_up / 100) / warm_up);
  for (const double decay : decays) {
    if (done >= decay) factor *= 0.1;
  }
  return plan_.rate * static_cast<float>(factor);
}

void TrainingWorld::count(std::size_t batches, Time now) {
  samples_ += static_cast<double>(batches * plan_.batch);
  if (samples_ < next_evaluation_) return;
  evaluate(now);
  const double interval = budget_ / static_cast<double>(plan_.evaluations);
  while (next_evaluation_ <= samples_) next_evaluation_ += interval;
}

void TrainingWorld::evaluate(Time now) {
  curve_.points.push_back(
      {samples_, seconds(now - Time{}), model_.evaluate(mean(), dataset_.test).accuracy});
}

std::vector<float> TrainingWorld::mean() const {
  std::vector<float> sum(gradient_.size());
  double weights = 0;
  for (const DeviceState& device : devices_) {
    weights += device.weight;
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += device.parameters[i];
  }
  for (float& value : sum) value /= static_cast<float>(weights);
  return sum;
}

TrainingCurve TrainingWorld::finish() && {
  MOSHPIT_ASSERT(over() && !curve_.points.empty());
  const std::size_t looked_at = std::min(own_looked_at, devices_.size());
  for (std::size_t i = 0; i < looked_at; ++i) {
    DeviceState& device = devices_[i * devices_.size() / looked_at];
    for (float& value : device.parameters) value /= static_cast<float>(device.weight);
    curve_.own_accuracy +=
        model_.evaluate(device.parameters, dataset_.test).accuracy / static_cast<double>(looked_at);
  }
  return std::move(curve_);
}

}  // namespace moshpit
