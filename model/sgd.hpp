// Stochastic gradient descent with momentum on one flat vector of parameters. v <- m v + g, then p
// <- p - rate v, or p <- p - rate (g + m v) with Nesterov (Sutskever et al. 2013, in the form
// PyTorch uses).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace moshpit {

struct SgdOptions {
  float momentum = 0.9f;
  bool nesterov = false;
  float weight_decay = 0;  // adds this times the parameter to its gradient
};

class Sgd {
 public:
  explicit Sgd(std::size_t parameters, SgdOptions options = {});

  // One step. Requires: both as long as the constructor was told.
  void step(std::span<float> parameters, std::span<const float> gradient, float rate);

  // What earlier steps left: part of a peer's state if it is saved, averaged or handed on.
  std::span<float> velocity() { return velocity_; }

 private:
  SgdOptions options_;
  std::vector<float> velocity_;
};

}  // namespace moshpit
