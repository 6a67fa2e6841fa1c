// What the tests of the training methods play in: a few devices, a quadratic loss, and a data set
// of random bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "experiment/training/training_world.hpp"

namespace moshpit {

// The parameters that come nearest to all images are their mean.
class Quadratic final : public Model {
 public:
  explicit Quadratic(std::size_t size) : size_(size) {}

  std::size_t size() const override { return size_; }
  std::vector<float> initial(std::uint64_t) override { return std::vector<float>(size_, 3.0f); }
  double loss_and_gradient(std::span<const float> parameters, const Batch& batch,
                           std::span<float> gradient) override {
    double loss = 0;
    std::ranges::fill(gradient, 0.0f);
    for (std::size_t i = 0; i < batch.images.size(); ++i) {
      const float off = parameters[i % size_] - batch.images[i];
      gradient[i % size_] += off / static_cast<float>(batch.size());
      loss += 0.5 * static_cast<double>(off * off) / static_cast<double>(batch.size());
    }
    return loss;
  }
  Evaluation evaluate(std::span<const float> parameters, const Examples& examples) override {
    std::vector<std::uint32_t> all(examples.size());
    std::iota(all.begin(), all.end(), 0u);
    Batch batch;
    gather(examples, all, batch);
    std::vector<float> slope(size_);
    const double loss = loss_and_gradient(parameters, batch, slope);
    return {loss, 1 / (1 + loss)};
  }

 private:
  std::size_t size_;
};

inline Dataset random_dataset(std::size_t examples, std::size_t pixels) {
  Random random(7);
  Dataset dataset;
  dataset.classes = 1;
  for (Examples* set : {&dataset.train, &dataset.test}) {
    set->shape = {1, 1, pixels};
    set->labels.resize(examples);
    for (std::size_t i = 0; i < examples * pixels; ++i) {
      set->images.push_back(static_cast<std::uint8_t>(random.below(256)));
    }
  }
  return dataset;
}

// Device i is as fast as 1 + i % 3 slow ones. A local step of a slow one takes 1 s, and so does a
// vector on a line.
inline Cluster test_cluster(std::size_t devices) {
  Cluster cluster;
  cluster.name = "test";
  for (std::size_t i = 0; i < devices; ++i) {
    cluster.devices.push_back({"test", static_cast<double>(1 + i % 3), 1});
  }
  cluster.bytes_per_second = 125e6;
  cluster.latency_min = std::chrono::milliseconds(1);
  cluster.latency_max = std::chrono::milliseconds(6);
  cluster.round_delay = std::chrono::milliseconds(100);
  cluster.vector_bytes = 125e6;
  cluster.charged_batch = 1;
  return cluster;
}

struct TestTraining {
  explicit TestTraining(std::size_t devices, TrainingPlan wanted = {}, std::size_t elements = 6)
      : dataset(random_dataset(96, elements)),
        model(elements),
        plan(wanted),
        cluster(test_cluster(devices)),
        world(cluster, plan, model, dataset, 1) {}

  // Other parameters for each device, so that a method has something to average.
  void scatter() {
    Random random(3);
    for (std::size_t i = 0; i < world.size(); ++i) {
      for (float& value : world.parameters(i)) value = static_cast<float>(random.normal());
    }
  }
  double sum(std::size_t element) {
    double sum = 0;
    for (std::size_t i = 0; i < world.size(); ++i) {
      sum += static_cast<double>(world.parameters(i)[element]);
    }
    return sum;
  }
  // Between the devices' models, of the first element.
  double spread() {
    std::vector<double> values;
    for (std::size_t i = 0; i < world.size(); ++i) {
      values.push_back(static_cast<double>(world.parameters(i)[0]) / world.weight(i));
    }
    const auto [least, most] = std::ranges::minmax_element(values);
    return *most - *least;
  }

  Dataset dataset;
  Quadratic model;
  TrainingPlan plan;
  Cluster cluster;
  TrainingWorld world;
};

// Nobody learns: what happens is averaging alone.
inline TrainingPlan only_averaging(double passes) {
  TrainingPlan plan;
  plan.rate = 0;
  plan.batch = 1;
  plan.passes = passes;
  plan.evaluations = 2;
  return plan;
}

}  // namespace moshpit
