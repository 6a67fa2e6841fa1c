#include "torch/optimizers.hpp"

#include "torch/lamb.hpp"

namespace moshpit {
namespace {

// Whoever trains sets the rate before each step.
constexpr double rate_until_then = 0;

std::unique_ptr<torch::optim::Optimizer> make_lamb(torch::nn::Module& module, double decay) {
  LambOptions options(rate_until_then);
  options.weight_decay(decay);
  return std::make_unique<Lamb>(lamb_groups(module, options), options);
}

}  // namespace

Result<std::unique_ptr<torch::optim::Optimizer>> make_optimizer(torch::nn::Module& module,
                                                                const OptimizerChoice& choice) {
  std::unique_ptr<torch::optim::Optimizer> optimizer;
  if (choice.name == "sgd") {
    const auto options = torch::optim::SGDOptions(rate_until_then)
                             .momentum(choice.momentum)
                             .nesterov(choice.momentum > 0)
                             .weight_decay(choice.weight_decay);
    optimizer = std::make_unique<torch::optim::SGD>(module.parameters(), options);
  } else if (choice.name == "adam") {
    const auto options =
        torch::optim::AdamWOptions(rate_until_then).weight_decay(choice.weight_decay);
    optimizer = std::make_unique<torch::optim::AdamW>(module.parameters(), options);
  } else if (choice.name == "lamb") {
    optimizer = make_lamb(module, choice.weight_decay);
  } else {
    return Error(ErrorCode::invalid_argument,
                 "There is no optimizer '" + choice.name + "': choose sgd, adam or lamb.");
  }
  return optimizer;
}

}  // namespace moshpit
