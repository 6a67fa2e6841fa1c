// Initial weights drawn from our own generator, so that peers on different machines begin with the
// same bytes: LibTorch's own draws depend on the processor's vector length.
#pragma once

#include <torch/torch.h>

#include "base/random.hpp"

namespace moshpit {

// Normal with mean 0. Requires: float32 on the CPU, contiguous.
void draw_normal(torch::Tensor weights, double deviation, Random& random);

}  // namespace moshpit
