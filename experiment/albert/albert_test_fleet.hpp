// For tests: a small fleet, and a learner that costs nothing: the way to a point, with momentum.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "experiment/albert/lesson.hpp"
#include "experiment/albert/swarm_run.hpp"

namespace moshpit {

// Each sample says where the parameters should be, and is a little off. As many of them as make the
// headers of frames short beside what is in them.
class CheapLearner final : public Learner {
 public:
  static constexpr std::size_t size = 2000;

  explicit CheapLearner(std::size_t part)
      : part_(part), parameters_(size), gradients_(size), memory_(2 * size) {}

  std::string name() const override { return "cheap"; }
  TrainedModel trained(TrainingMode) override {
    return {parameters_, gradients_, {}, memory_, [this] { step(); }};
  }
  void begin(std::uint64_t seed) override { random_ = Random(seed * 1000 + part_); }
  double work(std::size_t examples, double rate) override {
    rate_ = static_cast<float>(rate);
    for (std::size_t i = 0; i < size; ++i) {
      const double noise = random_.normal() / std::sqrt(static_cast<double>(examples));
      gradients_[i] = parameters_[i] - wanted + static_cast<float>(noise);
    }
    return 0;
  }
  Evaluation evaluate() override {
    double sum = 0;
    for (const float value : parameters_) sum += (value - wanted) * (value - wanted);
    return {sum / size, 0};
  }

 private:
  static constexpr float wanted = 3;

  // The second half of the memory is there to be as long as LAMB's.
  void step() {
    for (std::size_t i = 0; i < size; ++i) {
      memory_[i] = 0.5f * memory_[i] + gradients_[i];
      parameters_[i] -= rate_ * memory_[i];
    }
  }

  std::size_t part_;
  Random random_{1};
  std::vector<float> parameters_;
  std::vector<float> gradients_;
  std::vector<float> memory_;
  float rate_ = 0;
};

inline std::unique_ptr<Learner> cheap_learner(std::size_t part, std::size_t) {
  return std::make_unique<CheapLearner>(part);
}

// Peer i makes 1 + i % 3 samples a second on a line of a megabyte a second. All are taken once a
// minute, for ten seconds.
inline Fleet small_fleet(std::size_t peers) {
  Fleet fleet;
  fleet.machine = {2, 2, 10, 1e9, std::chrono::microseconds(20)};
  for (std::size_t i = 0; i < peers; ++i) {
    fleet.peers.push_back({"test", static_cast<double>(1 + i % 3), 1, 1e6});
  }
  fleet.latency_min = std::chrono::milliseconds(1);
  fleet.latency_max = std::chrono::milliseconds(5);
  fleet.between_preemptions = std::chrono::seconds(60);
  fleet.away = std::chrono::seconds(10);
  fleet.parameters = 1e5;
  fleet.charged_batch = 64;
  fleet.bytes_per_value = 2;
  return fleet;
}

inline Lesson small_lesson() {
  Lesson lesson;
  lesson.batch = 64;
  lesson.steps = 30;
  lesson.rate = {.peak = 0.1, .warm_up = 3};
  lesson.evaluate_every = 2;
  return lesson;
}

inline bool always(double) { return true; }

}  // namespace moshpit
