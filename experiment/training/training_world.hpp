// TrainingWorld: what every method of an experiment shares: the devices' parameters, momenta and
// shards, real gradients of a real model, the time that a local step is charged with, the
// learning-rate schedule, and the accuracy as training goes on. What is sent to whom, and when, is
// the method's.
//
// The same plan and seed give the same run. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "data/shard.hpp"
#include "experiment/training/cluster.hpp"
#include "experiment/training/model.hpp"
#include "experiment/training/timeline.hpp"
#include "experiment/training/wires.hpp"
#include "model/sgd.hpp"

namespace moshpit {

// The same for every method of a comparison, but for rate and period, which are chosen for each
// from the same grid.
struct TrainingPlan {
  float rate = 0.1f;
  std::uint32_t period = 1;  // local steps from one communication to the next
  std::size_t batch = 16;    // samples of a local step, really trained
  // Of an averaging step of Moshpit SGD: in the paper's experiment one round takes the place of one
  // of PushSum.
  std::uint32_t rounds = 1;
  double passes = 8;             // over the training set, of all devices together; then it is over
  std::size_t evaluations = 45;  // evenly over the samples
  std::uint64_t seed = 1;
  SgdOptions sgd{.momentum = 0.9f, .nesterov = true, .weight_decay = 1e-4f};
};

struct CurvePoint {
  double samples = 0;
  double seconds = 0;   // of virtual time
  double accuracy = 0;  // on the test set, of the mean of all devices' parameters
};

struct TrainingCurve {
  std::vector<CurvePoint> points;  // the last one after all samples
  double own_accuracy = 0;         // at the end, of single devices' own parameters, the mean
};

class TrainingWorld {
 public:
  // All references must outlive this.
  TrainingWorld(const Cluster& cluster, const TrainingPlan& plan, Model& model,
                const Dataset& dataset, std::size_t more_hosts = 0);

  const Cluster& cluster() const { return cluster_; }
  const TrainingPlan& plan() const { return plan_; }
  std::size_t size() const { return devices_.size(); }  // devices
  Timeline& timeline() { return timeline_; }
  Wires& wires() { return wires_; }
  Random& random() { return random_; }  // the method's own

  std::vector<float>& parameters(std::size_t device) { return devices_[device].parameters; }
  // The share of its parameters in the mean that is looked at: 1, unless the method is PushSum.
  double& weight(std::size_t device) { return devices_[device].weight; }
  Duration step_time(std::size_t device) const { return cluster_.step_time(device); }

  // The slope of the loss of the device's next batch, at these parameters. It stands until the next
  // call.
  std::span<const float> gradient(std::size_t device, std::span<const float> at);
  // One step of the device's optimizer, at the rate of this moment.
  void descend(std::size_t device, std::span<const float> gradient);
  // A local step: both on the device's own parameters.
  void step(std::size_t device);
  // One step on the mean slope of one batch of each device, the same on all of them. Requires: all
  // hold the same parameters, and took no other steps.
  void step_together();

  // So many batches were trained by now. Evaluates if it is time to.
  void count(std::size_t batches, Time now);
  // All samples are trained: nobody begins another step.
  bool over() const { return samples_ >= budget_; }

  // Requires: over().
  TrainingCurve finish() &&;

 private:
  struct DeviceState {
    std::vector<float> parameters;
    Sgd sgd;
    Shard shard;
    double weight = 1;
  };

  float rate() const;
  std::vector<float> mean() const;
  void evaluate(Time now);

  const Cluster& cluster_;
  const TrainingPlan& plan_;
  Model& model_;
  const Dataset& dataset_;
  Timeline timeline_;
  Random random_;
  Wires wires_;
  std::vector<DeviceState> devices_;
  std::vector<float> gradient_;
  Batch batch_;
  double samples_ = 0;
  double budget_;
  double next_evaluation_ = 0;
  TrainingCurve curve_;
};

}  // namespace moshpit
