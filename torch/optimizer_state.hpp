// What the optimizers keep from step to step, as a list of tensors and of step counts. Each of
// LibTorch's optimizers keeps it in a type of its own; this is the one place that knows them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <torch/torch.h>
#include <type_traits>
#include <vector>

#include "moshpit/result.hpp"

namespace moshpit {

// The tensors of every parameter's state, which are created, as zeros, where the first step would
// do so. Errors: invalid_argument for an optimizer that is not SGD, Adam, AdamW or Lamb.
Result<std::vector<torch::Tensor>> optimizer_tensors(torch::optim::Optimizer& optimizer);

// Calls visit for the number of steps that each parameter has seen; SGD counts none.
// Requires: optimizer_tensors() succeeded.
void visit_optimizer_steps(torch::optim::Optimizer& optimizer,
                           const std::function<void(std::int64_t& steps)>& visit);

// A parameter's state, created if there is none. LibTorch 1.13 finds it by the address of the
// parameter's tensor as text, later versions by the address itself.
template <class State>
State& optimizer_state(torch::optim::Optimizer& optimizer, const torch::Tensor& parameter) {
  using Key = typename std::decay_t<decltype(optimizer.state())>::key_type;
  Key key;
  if constexpr (std::is_same_v<Key, std::string>) {
    key = c10::guts::to_string(parameter.unsafeGetTensorImpl());
  } else {
    key = parameter.unsafeGetTensorImpl();
  }
  auto& slot = optimizer.state()[key];
  if (!slot) slot = std::make_unique<State>();
  return static_cast<State&>(*slot);
}

}  // namespace moshpit
