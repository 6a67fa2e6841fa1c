#include "torch/weights.hpp"

#include <span>

namespace moshpit {

void draw_normal(torch::Tensor weights, double deviation, Random& random) {
  MOSHPIT_ASSERT(weights.device().is_cpu() && weights.is_contiguous());
  const std::span<float> all(weights.data_ptr<float>(), static_cast<std::size_t>(weights.numel()));
  for (float& weight : all) weight = static_cast<float>(deviation * random.normal());
}

}  // namespace moshpit
