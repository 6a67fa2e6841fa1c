#include "torch/albert_problem.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "torch/albert_batch.hpp"
#include "torch/module_vectors.hpp"

namespace moshpit {
class AlbertProblem::Network {
 public:
  explicit Network(const AlbertOptions& options)
      : albert(options), vectors(ModuleVectors::of(*albert, nullptr).value()) {}

  void set(std::span<const float> parameters) {
    MOSHPIT_ASSERT(parameters.size() == vectors.parameters().size());
    std::ranges::copy(parameters, vectors.parameters().begin());
  }

  Albert albert;
  ModuleVectors vectors;
};

AlbertProblem::AlbertProblem(const AlbertOptions& options)
    : network_(std::make_unique<Network>(options)) {}
AlbertProblem::~AlbertProblem() = default;

std::size_t AlbertProblem::size() const { return network_->vectors.parameters().size(); }

std::vector<float> AlbertProblem::initial(std::uint64_t seed) {
  network_->albert->initialise(seed);
  const auto parameters = network_->vectors.parameters();
  return {parameters.begin(), parameters.end()};
}

double AlbertProblem::loss_and_gradient(std::span<const float> parameters, const TextBatch& batch,
                                        std::span<float> gradient) {
  MOSHPIT_ASSERT(gradient.size() == size());
  network_->set(parameters);
  network_->vectors.zero_gradients();
  const torch::Tensor loss = loss_of(network_->albert, batch);
  loss.backward();
  std::ranges::copy(network_->vectors.gradients(), gradient.begin());
  return loss.item<double>();
}

TextEvaluation AlbertProblem::evaluate(std::span<const float> parameters,
                                       std::span<const TextBatch> batches) {
  network_->set(parameters);
  return moshpit::evaluate(network_->albert, batches);
}

}  // namespace moshpit
