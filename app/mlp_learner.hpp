// MlpLearner: the demo's model on labelled images.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/learners.hpp"
#include "data/dataset.hpp"
#include "data/shard.hpp"
#include "model/learner.hpp"
#include "model/mlp.hpp"
#include "model/sgd.hpp"

namespace moshpit {

class MlpLearner final : public Learner {
 public:
  // Requires: part.peer < part.peers <= examples to train on.
  MlpLearner(Dataset data, const RunSettings& settings, Part part);

  std::string name() const override;
  TrainedModel trained(TrainingMode mode) override;
  void begin(std::uint64_t seed) override;
  double work(std::size_t examples, double rate) override;
  Evaluation evaluate() override { return mlp_.evaluate(parameters_, data_.test); }

 private:
  Dataset data_;
  MlpShape shape_;
  Part part_;
  std::optional<Shard> shard_;
  Mlp mlp_;
  std::vector<float> parameters_;
  std::vector<float> gradients_;
  Sgd sgd_;
  Batch batch_;
  float rate_ = 0;
};

}  // namespace moshpit
