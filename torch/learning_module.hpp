// LearningModule: a module, its optimizer and both as flat vectors: what the learners of LibTorch
// have in common. One thread.
#pragma once

#include <memory>
#include <torch/torch.h>
#include <utility>

#include "moshpit/trained_model.hpp"
#include "torch/learners.hpp"
#include "torch/module_vectors.hpp"

namespace moshpit {

class LearningModule {
 public:
  // `module` outlives this.
  LearningModule(torch::nn::Module& module, std::unique_ptr<torch::optim::Optimizer> optimizer,
                 bool remembers_much)
      : optimizer_(std::move(optimizer)),
        vectors_(ModuleVectors::of(module, optimizer_.get()).value()),
        remembers_much_(remembers_much) {}

  // The moments of Adam and LAMB are averaged with the parameters; the momentum of SGD forgets in a
  // few steps, and local steps go on with each peer's own.
  TrainedModel trained(TrainingMode mode) {
    TrainedModel model = vectors_.trained();
    const bool local = mode == TrainingMode::moshpit_sgd && !remembers_much_;
    if (local) model.optimizer_state = {};
    return model;
  }

  // Around the computation of gradients, which happens in the module.
  void begin_batch(double rate) {
    vectors_.set_learning_rate(rate);
    vectors_.store();
    vectors_.zero_gradients();
  }
  void end_batch() { vectors_.fetch(); }

  ModuleVectors& vectors() { return vectors_; }

 private:
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  ModuleVectors vectors_;
  bool remembers_much_;
};

}  // namespace moshpit
