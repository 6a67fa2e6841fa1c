#include "torch/resnet_batch.hpp"

#include <algorithm>
#include <numeric>

#include "base/assert.hpp"

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

void add(ResNet& network, const Batch& batch, const ImageShape& shape, Evaluation& sum) {
  const torch::Tensor scores = network->forward(images_of(batch, shape));
  const torch::Tensor labels = labels_of(batch);
  const auto each = torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum);
  sum.loss += torch::nn::functional::cross_entropy(scores, labels, each).item<double>();
  sum.accuracy += scores.argmax(1).eq(labels).sum().item<double>();
}

}  // namespace

torch::Tensor loss_of(ResNet& network, const Batch& batch, const ImageShape& shape) {
  const torch::Tensor scores = network->forward(images_of(batch, shape));
  return torch::nn::functional::cross_entropy(scores, labels_of(batch));
}

void measure_statistics(ResNet& network, const Batch& batch, const ImageShape& shape) {
  network->measure_statistics(images_of(batch, shape));
}

Evaluation evaluate(ResNet& network, const Examples& examples) {
  network->eval();
  torch::NoGradGuard untracked;
  std::vector<std::uint32_t> all(examples.size());
  std::iota(all.begin(), all.end(), std::uint32_t{0});
  Batch batch;
  Evaluation sum;
  for (std::size_t begin = 0; begin < all.size(); begin += evaluation_batch) {
    const std::size_t count = std::min(evaluation_batch, all.size() - begin);
    gather(examples, std::span(all).subspan(begin, count), batch);
    add(network, batch, examples.shape, sum);
  }
  const auto count = static_cast<double>(std::max<std::size_t>(examples.size(), 1));
  return {sum.loss / count, sum.accuracy / count};
}

}  // namespace moshpit
