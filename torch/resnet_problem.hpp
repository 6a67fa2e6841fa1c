// ResNetProblem: the gradient of a residual network at given flat parameters, in the form of Mlp
// (model/mlp.hpp), for many simulated peers that share one network. What peers do not share are the
// running statistics: buffers() holds them, and whoever plays several peers puts each one's there
// before its turn. From the first one on LibTorch uses one thread for each task of the process. No
// LibTorch in this header. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/dataset.hpp"
#include "model/mlp.hpp"
#include "torch/resnet_options.hpp"

namespace moshpit {

class ResNetProblem {
 public:
  // Requires: options.channels are those of the shape.
  ResNetProblem(const ResNetOptions& options, const ImageShape& shape);
  ~ResNetProblem();

  // How many parameters there are.
  std::size_t size() const;

  // As ResNetImpl::initialise(). The running statistics begin anew.
  std::vector<float> initial(std::uint64_t seed);

  // The mean loss of the batch, in nats; `gradient` becomes its slope, and the running statistics
  // move. Requires: both spans have size() elements, images of the shape, labels < classes, and a
  // batch of at least two, without which there is no variance.
  double loss_and_gradient(std::span<const float> parameters, const Batch& batch,
                           std::span<float> gradient);

  // The running statistics become those that a network with these parameters finds in this batch,
  // whatever they were. Requires: as above.
  void measure_statistics(std::span<const float> parameters, const Batch& batch);

  // Over all examples, normalised by the running statistics; zeros if there are none.
  Evaluation evaluate(std::span<const float> parameters, const Examples& examples);

  // Mean and variance of every normalisation: averaged between peers beside the parameters.
  std::span<float> buffers();

 private:
  class Network;
  std::unique_ptr<Network> network_;
};

}  // namespace moshpit
