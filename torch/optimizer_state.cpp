#include "torch/optimizer_state.hpp"

#include "torch/lamb.hpp"

namespace moshpit {
namespace {

using torch::Tensor;

template <class Visit>
void for_each_parameter(torch::optim::Optimizer& optimizer, Visit visit) {
  for (auto& group : optimizer.param_groups()) {
    for (const Tensor& parameter : group.params()) visit(group, parameter);
  }
}

Tensor ensured(Tensor& tensor, const Tensor& parameter) {
  if (!tensor.defined()) tensor = torch::zeros_like(parameter, torch::MemoryFormat::Contiguous);
  return tensor;
}

template <class State>
std::vector<Tensor> moments(torch::optim::Optimizer& optimizer) {
  std::vector<Tensor> tensors;
  for_each_parameter(optimizer, [&](auto&, const Tensor& parameter) {
    auto& state = optimizer_state<State>(optimizer, parameter);
    tensors.push_back(ensured(state.exp_avg(), parameter));
    tensors.push_back(ensured(state.exp_avg_sq(), parameter));
  });
  return tensors;
}

// Adam and AdamW may keep the largest second moment (AMSGrad).
template <class State, class Options>
std::vector<Tensor> adam_moments(torch::optim::Optimizer& optimizer) {
  std::vector<Tensor> tensors = moments<State>(optimizer);
  for_each_parameter(optimizer, [&](auto& group, const Tensor& parameter) {
    if (!static_cast<const Options&>(group.options()).amsgrad()) return;
    auto& state = optimizer_state<State>(optimizer, parameter);
    tensors.push_back(ensured(state.max_exp_avg_sq(), parameter));
  });
  return tensors;
}

// The first step would set the momentum to the gradient; from zero the same comes out, as long as
// the momentum is not damped.
std::vector<Tensor> momenta(torch::optim::Optimizer& optimizer) {
  std::vector<Tensor> tensors;
  for_each_parameter(optimizer, [&](auto& group, const Tensor& parameter) {
    if (static_cast<const torch::optim::SGDOptions&>(group.options()).momentum() == 0) return;
    auto& state = optimizer_state<torch::optim::SGDParamState>(optimizer, parameter);
    tensors.push_back(ensured(state.momentum_buffer(), parameter));
  });
  return tensors;
}

template <class State>
void visit_steps(torch::optim::Optimizer& optimizer,
                 const std::function<void(std::int64_t&)>& visit) {
  for_each_parameter(optimizer, [&](auto&, const Tensor& parameter) {
    auto& state = optimizer_state<State>(optimizer, parameter);
    std::int64_t steps = state.step();
    visit(steps);
    state.step(steps);
  });
}

}  // namespace

Result<std::vector<Tensor>> optimizer_tensors(torch::optim::Optimizer& optimizer) {
  using namespace torch::optim;
  if (dynamic_cast<SGD*>(&optimizer)) return momenta(optimizer);
  if (dynamic_cast<Adam*>(&optimizer)) return adam_moments<AdamParamState, AdamOptions>(optimizer);
  if (dynamic_cast<AdamW*>(&optimizer)) {
    return adam_moments<AdamWParamState, AdamWOptions>(optimizer);
  }
  if (dynamic_cast<Lamb*>(&optimizer)) return moments<LambParamState>(optimizer);
  return Error(
      ErrorCode::invalid_argument,
      "the state of this optimizer cannot be shared with other peers; use SGD, Adam, AdamW "
      "or Lamb");
}

void visit_optimizer_steps(torch::optim::Optimizer& optimizer,
                           const std::function<void(std::int64_t&)>& visit) {
  using namespace torch::optim;
  if (dynamic_cast<Adam*>(&optimizer)) visit_steps<AdamParamState>(optimizer, visit);
  if (dynamic_cast<AdamW*>(&optimizer)) visit_steps<AdamWParamState>(optimizer, visit);
  if (dynamic_cast<Lamb*>(&optimizer)) visit_steps<LambParamState>(optimizer, visit);
}

}  // namespace moshpit
