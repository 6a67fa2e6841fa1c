// Text batches as tensors, and how well an ALBERT finds what was hidden in them.
#pragma once

#include <span>
#include <torch/torch.h>

#include "data/masked_text.hpp"
#include "torch/albert.hpp"
#include "torch/albert_problem.hpp"

namespace moshpit {

// The mean loss over hidden tokens plus that over examples, in nats, with its way back to the
// parameters. Requires: batch not empty.
torch::Tensor loss_of(Albert& network, const TextBatch& batch);

// Over all batches; zeros if there are none.
TextEvaluation evaluate(Albert& network, std::span<const TextBatch> batches);

}  // namespace moshpit
