// Optimizers by name, over the parameters of a module.
#pragma once

#include <memory>
#include <torch/torch.h>

#include "moshpit/result.hpp"
#include "torch/learners.hpp"

namespace moshpit {

// ErrorCode::invalid_argument if there is none of this name.
Result<std::unique_ptr<torch::optim::Optimizer>> make_optimizer(torch::nn::Module& module,
                                                                const OptimizerChoice& choice);

}  // namespace moshpit
