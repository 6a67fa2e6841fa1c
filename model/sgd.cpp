#include "model/sgd.hpp"

#include "base/assert.hpp"

namespace moshpit {

Sgd::Sgd(std::size_t parameters, SgdOptions options) : options_(options), velocity_(parameters) {}

void Sgd::step(std::span<float> parameters, std::span<const float> gradient, float rate) {
  MOSHPIT_ASSERT(parameters.size() == velocity_.size() && gradient.size() == velocity_.size());
  const float momentum = options_.momentum;
  const float decay = options_.weight_decay;
  // Nesterov looks one momentum step ahead; with these two factors both forms are one loop without
  // a branch.
  const float of_gradient = options_.nesterov ? rate : 0;
  const float of_velocity = options_.nesterov ? rate * momentum : rate;
  float* p = parameters.data();
  const float* g = gradient.data();
  float* v = velocity_.data();
  const std::size_t size = velocity_.size();
  for (std::size_t i = 0; i < size; ++i) {
    const float slope = g[i] + decay * p[i];
    v[i] = momentum * v[i] + slope;
    p[i] -= of_gradient * slope + of_velocity * v[i];
  }
}

}  // namespace moshpit
