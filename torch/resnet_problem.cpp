#include "torch/resnet_problem.hpp"

#include <algorithm>
#include <numeric>

#include "base/assert.hpp"
#include "torch/module_vectors.hpp"
#include "torch/resnet.hpp"

namespace moshpit {
namespace {

// Images evaluated at once: their activations stay within tens of megabytes.
constexpr std::size_t evaluation_batch = 250;

torch::Tensor images_of(const Batch& batch, const ImageShape& shape) {
  MOSHPIT_ASSERT(batch.images.size() == batch.size() * shape.pixels());
  const auto side = [](std::size_t length) { return static_cast<std::int64_t>(length); };
  // Only read: LibTorch has no view of what is const.
  return torch::from_blob(
      const_cast<float*>(batch.images.data()),
      {side(batch.size()), side(shape.channels), side(shape.height), side(shape.width)});
}

torch::Tensor labels_of(const Batch& batch) {
  torch::Tensor labels = torch::empty({static_cast<std::int64_t>(batch.size())}, torch::kInt64);
  std::copy(batch.labels.begin(), batch.labels.end(), labels.data_ptr<std::int64_t>());
  return labels;
}

}  // namespace

class ResNetProblem::Network {
 public:
  Network(const ResNetOptions& options, const ImageShape& shape)
      : shape_(shape), network_(options), vectors_(ModuleVectors::of(*network_, nullptr).value()) {
    MOSHPIT_ASSERT(static_cast<std::size_t>(options.channels) == shape.channels);
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
    const torch::Tensor scores = network_->forward(images_of(batch, shape_));
    const torch::Tensor loss = torch::nn::functional::cross_entropy(scores, labels_of(batch));
    loss.backward();
    std::ranges::copy(vectors_.gradients(), gradient.begin());
    return loss.item<double>();
  }

  Evaluation evaluate(std::span<const float> parameters, const Examples& examples) {
    set(parameters);
    network_->eval();
    torch::NoGradGuard untracked;
    std::vector<std::uint32_t> all(examples.size());
    std::iota(all.begin(), all.end(), std::uint32_t{0});
    Batch batch;
    Evaluation sum;
    for (std::size_t begin = 0; begin < all.size(); begin += evaluation_batch) {
      const std::size_t count = std::min(evaluation_batch, all.size() - begin);
      gather(examples, std::span(all).subspan(begin, count), batch);
      add(batch, sum);
    }
    const auto count = static_cast<double>(std::max<std::size_t>(examples.size(), 1));
    return {sum.loss / count, sum.accuracy / count};
  }

  std::span<float> parameters() { return vectors_.parameters(); }
  std::span<float> buffers() { return vectors_.buffers(); }

 private:
  void set(std::span<const float> parameters) {
    MOSHPIT_ASSERT(parameters.size() == vectors_.parameters().size());
    std::ranges::copy(parameters, vectors_.parameters().begin());
  }

  void add(const Batch& batch, Evaluation& sum) {
    const torch::Tensor scores = network_->forward(images_of(batch, shape_));
    const torch::Tensor labels = labels_of(batch);
    const auto each = torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum);
    sum.loss += torch::nn::functional::cross_entropy(scores, labels, each).item<double>();
    sum.accuracy += scores.argmax(1).eq(labels).sum().item<double>();
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

Evaluation ResNetProblem::evaluate(std::span<const float> parameters, const Examples& examples) {
  return network_->evaluate(parameters, examples);
}

std::span<float> ResNetProblem::buffers() { return network_->buffers(); }

}  // namespace moshpit
