#include "torch/resnet_problem.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "torch/module_vectors.hpp"
#include "torch/resnet.hpp"
#include "torch/resnet_batch.hpp"

namespace moshpit {
class ResNetProblem::Network {
 public:
  Network(const ResNetOptions& options, const ImageShape& shape)
      : shape_(shape), network_(options), vectors_(ModuleVectors::of(*network_, nullptr).value()) {
    MOSHPIT_ASSERT(static_cast<std::size_t>(options.channels) == shape.channels);
    torch::set_num_threads(1);  // whoever plays many peers has other work for the other processors
  }

  std::vector<float> initial(std::uint64_t seed) {
    network_->initialise(seed);
    const auto parameters = vectors_.parameters();
    return {parameters.begin(), parameters.end()};
  }

  double loss_and_gradient(std::span<const float> parameters, const Batch& batch,
                           std::span<float> gradient) {
    MOSHPIT_ASSERT(batch.size() > 1 && gradient.size() == vectors_.parameters().size());
    set(parameters);
    network_->train();
    vectors_.zero_gradients();
    const torch::Tensor loss = loss_of(network_, batch, shape_);
    loss.backward();
    std::ranges::copy(vectors_.gradients(), gradient.begin());
    return loss.item<double>();
  }

  void measure_statistics(std::span<const float> parameters, const Batch& batch) {
    set(parameters);
    moshpit::measure_statistics(network_, batch, shape_);
  }

  Evaluation evaluate(std::span<const float> parameters, const Examples& examples) {
    set(parameters);
    return moshpit::evaluate(network_, examples);
  }

  std::span<float> parameters() { return vectors_.parameters(); }
  std::span<float> buffers() { return vectors_.buffers(); }

 private:
  void set(std::span<const float> parameters) {
    MOSHPIT_ASSERT(parameters.size() == vectors_.parameters().size());
    std::ranges::copy(parameters, vectors_.parameters().begin());
  }

  ImageShape shape_;
  ResNet network_;
  ModuleVectors vectors_;
};

ResNetProblem::ResNetProblem(const ResNetOptions& options, const ImageShape& shape)
    : network_(std::make_unique<Network>(options, shape)) {}
ResNetProblem::~ResNetProblem() = default;

std::size_t ResNetProblem::size() const { return network_->parameters().size(); }

std::vector<float> ResNetProblem::initial(std::uint64_t seed) { return network_->initial(seed); }

double ResNetProblem::loss_and_gradient(std::span<const float> parameters, const Batch& batch,
                                        std::span<float> gradient) {
  return network_->loss_and_gradient(parameters, batch, gradient);
}

void ResNetProblem::measure_statistics(std::span<const float> parameters, const Batch& batch) {
  network_->measure_statistics(parameters, batch);
}

Evaluation ResNetProblem::evaluate(std::span<const float> parameters, const Examples& examples) {
  return network_->evaluate(parameters, examples);
}

std::span<float> ResNetProblem::buffers() { return network_->buffers(); }

}  // namespace moshpit
