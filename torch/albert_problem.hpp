// AlbertProblem: loss and gradient of an ALBERT at given flat parameters, in the form of Mlp
// (model/mlp.hpp), for many simulated peers that share one network. It has no state beside the
// parameters. No LibTorch in this header. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/masked_text.hpp"
#include "torch/albert_options.hpp"

namespace moshpit {

// Means over all hidden tokens and over all examples.
struct TextEvaluation {
  double token_loss = 0;      // cross-entropy in nats
  double token_accuracy = 0;  // in [0, 1]
  double order_loss = 0;
  double order_accuracy = 0;
  double loss() const { return token_loss + order_loss; }
};

class AlbertProblem {
 public:
  explicit AlbertProblem(const AlbertOptions& options);
  ~AlbertProblem();

  // How many parameters there are.
  std::size_t size() const;

  // As AlbertImpl::initialise().
  std::vector<float> initial(std::uint64_t seed);

  // The batch's mean loss over hidden tokens plus that over examples, in nats; `gradient` becomes
  // its slope. Requires: both spans have size() elements, batch not empty and no longer than the
  // positions, tokens < vocabulary.
  double loss_and_gradient(std::span<const float> parameters, const TextBatch& batch,
                           std::span<float> gradient);

  // Over all batches; zeros if there are none. Requires: as above.
  TextEvaluation evaluate(std::span<const float> parameters, std::span<const TextBatch> batches);

 private:
  class Network;
  std::unique_ptr<Network> network_;
};

}  // namespace moshpit
