// Images and labels as tensors, and how well a residual network tells them apart.
#pragma once

#include <torch/torch.h>

#include "data/dataset.hpp"
#include "model/mlp.hpp"
#include "torch/resnet.hpp"

namespace moshpit {

// The mean loss of the batch in nats, with its way back to the parameters.
torch::Tensor loss_of(ResNet& network, const Batch& batch, const ImageShape& shape);

// The network's running statistics become those of this batch.
void measure_statistics(ResNet& network, const Batch& batch, const ImageShape& shape);

// Over all examples, normalised by the running statistics; zeros if there are none.
Evaluation evaluate(ResNet& network, const Examples& examples);

}  // namespace moshpit
