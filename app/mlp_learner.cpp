#include "app/mlp_learner.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace moshpit {

MlpLearner::MlpLearner(Dataset data, const RunSettings& settings, Part part)
    : data_(std::move(data)),
      shape_{data_.pixels(), settings.hidden, data_.classes},
      part_(part),
      mlp_(shape_),
      parameters_(mlp_.size()),
      gradients_(mlp_.size()),
      sgd_(mlp_.size(), {.momentum = static_cast<float>(settings.momentum),
                         .nesterov = true,
                         .weight_decay = static_cast<float>(settings.weight_decay)}) {}

std::string MlpLearner::name() const {
  return fmt::format("mlp-{}-{}-{}", shape_.inputs, shape_.hidden, shape_.classes);
}

TrainedModel MlpLearner::trained(TrainingMode mode) {
  TrainedModel trained;
  trained.parameters = parameters_;
  trained.gradients = gradients_;
  if (mode == TrainingMode::collective) trained.optimizer_state = sgd_.velocity();
  trained.optimizer_step = [this] { sgd_.step(parameters_, gradients_, rate_); };
  return trained;
}

void MlpLearner::begin(std::uint64_t seed) {
  std::ranges::copy(mlp_.initial(seed), parameters_.begin());
  shard_.emplace(data_.train.size(), part_.peer, part_.peers, seed);
}

double MlpLearner::work(std::size_t examples, double rate) {
  rate_ = static_cast<float>(rate);
  shard_->next(data_.train, examples, batch_);
  return mlp_.loss_and_gradient(parameters_, batch_, gradients_);
}

}  // namespace moshpit
