#include "torch/lamb.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "torch/optimizer_state.hpp"

namespace moshpit {
namespace {

// Writes or reads a number under its name, as LibTorch's own optimizers do.
void put(torch::serialize::OutputArchive& archive, const char* name, double value) {
  archive.write(name, torch::IValue(value));
}

double get(torch::serialize::InputArchive& archive, const char* name) {
  torch::IValue value;
  archive.read(name, value);
  return value.toDouble();
}

}  // namespace

void LambOptions::serialize(torch::serialize::OutputArchive& archive) const {
  put(archive, "lr", lr());
  put(archive, "beta1", beta1());
  put(archive, "beta2", beta2());
  put(archive, "eps", eps());
  put(archive, "weight_decay", weight_decay());
  put(archive, "norm_limit", norm_limit());
}

void LambOptions::serialize(torch::serialize::InputArchive& archive) {
  lr(get(archive, "lr"));
  beta1(get(archive, "beta1"));
  beta2(get(archive, "beta2"));
  eps(get(archive, "eps"));
  weight_decay(get(archive, "weight_decay"));
  norm_limit(get(archive, "norm_limit"));
}

void LambParamState::serialize(torch::serialize::OutputArchive& archive) const {
  archive.write("step", torch::IValue(step()));
  archive.write("exp_avg", torch::IValue(exp_avg()));
  archive.write("exp_avg_sq", torch::IValue(exp_avg_sq()));
}

void LambParamState::serialize(torch::serialize::InputArchive& archive) {
  torch::IValue value;
  archive.read("step", value);
  step(value.toInt());
  archive.read("exp_avg", value);
  exp_avg(value.toTensor());
  archive.read("exp_avg_sq", value);
  exp_avg_sq(value.toTensor());
}

void Lamb::save(torch::serialize::OutputArchive& archive) const {
  torch::optim::serialize<LambParamState, LambOptions>(archive, *this);
}

void Lamb::load(torch::serialize::InputArchive& archive) {
  torch::optim::serialize<LambParamState, LambOptions>(archive, *this);
}

void Lamb::update(const torch::Tensor& parameter, const LambOptions& options) {
  auto& state = optimizer_state<LambParamState>(*this, parameter);
  if (!state.exp_avg().defined()) state.exp_avg(torch::zeros_like(parameter));
  if (!state.exp_avg_sq().defined()) state.exp_avg_sq(torch::zeros_like(parameter));
  const torch::Tensor& gradient = parameter.grad();
  state.step(state.step() + 1);
  state.exp_avg().mul_(options.beta1()).add_(gradient, 1 - options.beta1());
  state.exp_avg_sq().mul_(options.beta2()).addcmul_(gradient, gradient, 1 - options.beta2());

  const auto steps = static_cast<double>(state.step());
  const double first = 1 - std::pow(options.beta1(), steps);
  const double second = 1 - std::pow(options.beta2(), steps);
  torch::Tensor direction = (state.exp_avg_sq() / second).sqrt_().add_(options.eps());
  direction = state.exp_avg().div(direction).div_(first);
  if (options.weight_decay() != 0) direction.add_(parameter, options.weight_decay());

  const double norm = std::min(parameter.norm().item<double>(), options.norm_limit());
  const double length = direction.norm().item<double>();
  const double trust = norm > 0 && length > 0 ? norm / length : 1;
  parameter.add_(direction, -options.lr() * trust);
}

torch::Tensor Lamb::step(LossClosure closure) {
  torch::Tensor loss;
  if (closure) {
    torch::AutoGradMode tracked(true);
    loss = closure();
  }
  torch::NoGradGuard untracked;
  for (auto& group : param_groups_) {
    const auto& options = static_cast<const LambOptions&>(group.options());
    for (const torch::Tensor& parameter : group.params()) {
      if (parameter.grad().defined()) update(parameter, options);
    }
  }
  return loss;
}

std::vector<torch::optim::OptimizerParamGroup> lamb_groups(const torch::nn::Module& module,
                                                           const LambOptions& options) {
  std::vector<torch::Tensor> matrices;
  std::vector<torch::Tensor> vectors;
  for (const torch::Tensor& parameter : module.parameters()) {
    (parameter.dim() > 1 ? matrices : vectors).push_back(parameter);
  }
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(matrices, std::make_unique<LambOptions>(options));
  groups.emplace_back(vectors, std::make_unique<LambOptions>(LambOptions(options).weight_decay(0)));
  return groups;
}

}  // namespace moshpit
