// For tests: a least-squares model with an optimizer that has a memory, and an averaging step as it
// is when nobody fails.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "train/training.hpp"

namespace moshpit {

// Mean of (w . x - y)^2 / 2 over the batch; Adam or SGD with momentum.
class TestModel {
 public:
  enum class Optimizer { sgd, adam };
  static constexpr std::size_t size = 5;

  struct Sample {
    float x[size];
    float y;
  };

  explicit TestModel(Optimizer optimizer = Optimizer::sgd)
      : optimizer_(optimizer),
        parameters_(size),
        gradients_(size),
        statistics_(1),
        memory_(optimizer == Optimizer::sgd ? size : 2 * size) {}

  TrainedModel trained() {
    return {parameters_, gradients_, statistics_, memory_, [this] { step(); }};
  }

  void compute_gradients(std::span<const Sample> batch) {
    std::vector<double> sum(size);
    for (const Sample& sample : batch) {
      double error = -sample.y;
      for (std::size_t i = 0; i < size; ++i) error += double{parameters_[i]} * sample.x[i];
      for (std::size_t i = 0; i < size; ++i) sum[i] += error * sample.x[i];
    }
    for (std::size_t i = 0; i < size; ++i) {
      gradients_[i] = static_cast<float>(sum[i] / static_cast<double>(batch.size()));
    }
  }

  void step() {
    ++optimizer_steps;
    optimizer_ == Optimizer::sgd ? step_sgd() : step_adam();
  }

  std::vector<float>& parameters() { return parameters_; }
  std::vector<float>& gradients() { return gradients_; }
  std::vector<float>& statistics() { return statistics_; }
  std::vector<float>& memory() { return memory_; }

  int optimizer_steps = 0;
  float rate = 0.05f;

 private:
  void step_sgd() {
    for (std::size_t i = 0; i < size; ++i) {
      memory_[i] = 0.9f * memory_[i] + gradients_[i];
      parameters_[i] -= rate * memory_[i];
    }
  }

  void step_adam() {
    for (std::size_t i = 0; i < size; ++i) {
      const float gradient = gradients_[i];
      memory_[i] = 0.9f * memory_[i] + 0.1f * gradient;
      memory_[size + i] = 0.99f * memory_[size + i] + 0.01f * gradient * gradient;
      parameters_[i] -= rate * memory_[i] / (std::sqrt(memory_[size + i]) + 1e-6f);
    }
  }

  Optimizer optimizer_;
  std::vector<float> parameters_;
  std::vector<float> gradients_;
  std::vector<float> statistics_;
  std::vector<float> memory_;
};

inline std::vector<TestModel::Sample> draw_samples(std::size_t count, Random& random) {
  std::vector<TestModel::Sample> samples(count);
  for (auto& sample : samples) {
    sample.y = 0.5f;
    for (std::size_t i = 0; i < TestModel::size; ++i) {
      sample.x[i] = static_cast<float>(random.normal());
      sample.y += static_cast<float>(i) * sample.x[i];
    }
  }
  return samples;
}

// What a step of the run does to everybody's values: the weighted mean, if anybody has weight.
inline std::vector<StepOutcome> average(const std::vector<StepRequest>& requests) {
  std::vector<double> sum(requests.front().values.size());
  double weight = 0;
  for (const StepRequest& request : requests) {
    weight += request.weight;
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += request.weight * request.values[i];
  }
  std::vector<StepOutcome> outcomes;
  for (const StepRequest& request : requests) {
    StepOutcome outcome;
    outcome.report.step = request.step;
    outcome.report.rounds.resize(1);
    outcome.report.rounds[0].outcome = RoundOutcome::averaged;
    outcome.values = request.values;
    outcome.chunk_elements = sum.size();
    outcome.chunks = {weight > 0 ? ChunkOutcome::averaged : ChunkOutcome::kept};
    for (std::size_t i = 0; weight > 0 && i < sum.size(); ++i) {
      outcome.values[i] = static_cast<float>(sum[i] / weight);
    }
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

// A step whose round failed: everything stays.
inline StepOutcome failed(const StepRequest& request) {
  StepOutcome outcome = average({request}).front();
  outcome.report.rounds[0].outcome = RoundOutcome::failed;
  outcome.values = request.values;
  outcome.chunks = {ChunkOutcome::kept};
  return outcome;
}

}  // namespace moshpit
