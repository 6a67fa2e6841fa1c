// The demo's model: inputs -> hidden units with ReLU -> class scores, trained on softmax
// cross-entropy. All parameters lie in one flat vector, because that is what peers average: weights
// (hidden x inputs, column by column), biases, weights (classes x hidden), biases. An Mlp owns
// scratch memory only; use one on one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.hpp"
#include "model/mlp_kernels.hpp"

namespace moshpit {

struct Evaluation {
  double loss = 0;      // mean cross-entropy in nats
  double accuracy = 0;  // share of examples whose class has the highest score, in [0, 1]
};

class Mlp {
 public:
  explicit Mlp(MlpShape shape);

  // How many parameters there are.
  std::size_t size() const;

  // Normal with variance 2 / fan-in, biases zero (He et al. 2015, eq. 10). The same seed gives the
  // same bytes on every machine.
  std::vector<float> initial(std::uint64_t seed) const;

  // The mean loss of the batch; `gradient` becomes its slope. Requires: both spans have size()
  // elements, batch not empty, images of shape.inputs pixels, labels < shape.classes.
  double loss_and_gradient(std::span<const float> parameters, const Batch& batch,
                           std::span<float> gradient);

  // Over all examples; zeros if there are none. Requires: as above.
  Evaluation evaluate(std::span<const float> parameters, const Examples& examples);
  double accuracy(std::span<const float> parameters, const Examples& examples) {
    return evaluate(parameters, examples).accuracy;
  }

 private:
  void forward(std::span<const float> parameters, const Batch& batch);

  MlpShape shape_;
  MlpKernels kernels_;
  MlpWork work_;
  std::vector<float> hidden_;
  std::vector<float> scores_;
};

}  // namespace moshpit
