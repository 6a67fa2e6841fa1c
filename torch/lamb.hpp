// LAMB (You et al. 2020, arXiv 1904.00962, algorithm 2): Adam's direction, scaled for each tensor
// so that a step is a share of the tensor's norm. What ALBERT is trained with.
//
// Differences from the paper: the norm is clamped as its section 3 allows (phi), to at most
// `norm_limit`, as in the authors' code for BERT; where a norm is zero the scale is 1.
#pragma once

#include <cstdint>
#include <memory>
#include <torch/torch.h>
#include <vector>

namespace moshpit {

struct LambOptions : torch::optim::OptimizerCloneableOptions<LambOptions> {
  LambOptions(double rate = 1e-3) : lr_(rate) {}
  TORCH_ARG(double, lr);
  TORCH_ARG(double, beta1) = 0.9;
  TORCH_ARG(double, beta2) = 0.999;
  TORCH_ARG(double, eps) = 1e-6;
  TORCH_ARG(double, weight_decay) = 0.01;
  TORCH_ARG(double, norm_limit) = 10;

 public:
  void serialize(torch::serialize::InputArchive& archive) override;
  void serialize(torch::serialize::OutputArchive& archive) const override;
  double get_lr() const override { return lr(); }
  void set_lr(const double rate) override { lr(rate); }
};

struct LambParamState : torch::optim::OptimizerCloneableParamState<LambParamState> {
  TORCH_ARG(std::int64_t, step) = 0;
  TORCH_ARG(torch::Tensor, exp_avg);
  TORCH_ARG(torch::Tensor, exp_avg_sq);

 public:
  void serialize(torch::serialize::InputArchive& archive) override;
  void serialize(torch::serialize::OutputArchive& archive) const override;
};

class Lamb : public torch::optim::Optimizer {
 public:
  explicit Lamb(std::vector<torch::optim::OptimizerParamGroup> groups, LambOptions defaults = {})
      : Optimizer(std::move(groups), std::make_unique<LambOptions>(defaults)) {}
  explicit Lamb(std::vector<torch::Tensor> parameters, LambOptions defaults = {})
      : Lamb({torch::optim::OptimizerParamGroup(std::move(parameters))}, defaults) {}

  torch::Tensor step(LossClosure closure = nullptr) override;
  void save(torch::serialize::OutputArchive& archive) const override;
  void load(torch::serialize::InputArchive& archive) override;

 private:
  void update(const torch::Tensor& parameter, const LambOptions& options);
};

// Two groups of a module's parameters: matrices with the given decay; biases and the scales of
// normalisations, which are vectors, without (as BERT and ALBERT are trained).
std::vector<torch::optim::OptimizerParamGroup> lamb_groups(const torch::nn::Module& module,
                                                           const LambOptions& options);

}  // namespace moshpit
