#include "model/mlp.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/assert.hpp"
#include "base/random.hpp"

namespace moshpit {
namespace {

// Images evaluated at once: enough that the weights are read seldom, and 0.8 MB of pixels stay in
// the cache.
constexpr std::size_t evaluation_batch = 256;

// Cross-entropy of one example; its scores become probabilities. Subtracting the largest keeps
// exp() in range.
double softmax_loss(std::span<float> scores, std::size_t label) {
  const float largest = *std::max_element(scores.begin(), scores.end());
  const double chosen = scores[label] - largest;
  double sum = 0;
  for (float& score : scores) {
    score = std::exp(score - largest);
    sum += score;
  }
  for (float& score : scores) score = static_cast<float>(score / sum);
  return std::log(sum) - chosen;
}

void draw_weights(Random& random, std::span<float> weights, std::size_t fan_in) {
  const double deviation = std::sqrt(2.0 / static_cast<double>(fan_in));
  for (float& weight : weights) weight = static_cast<float>(deviation * random.normal());
}

}  // namespace

MlpKernels mlp_kernels() {
#if defined(MOSHPIT_MLP_AVX2)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return mlp_kernels_avx2();
#endif
  return mlp_kernels_portable();
}

Mlp::Mlp(MlpShape shape) : shape_(shape), kernels_(mlp_kernels()), work_{} {
  MOSHPIT_ASSERT(shape.inputs > 0 && shape.hidden > 0 && shape.classes > 0);
  work_.shape = shape;
}

std::size_t Mlp::size() const {
  return (shape_.inputs + 1) * shape_.hidden + (shape_.hidden + 1) * shape_.classes;
}

std::vector<float> Mlp::initial(std::uint64_t seed) const {
  Random random(seed);
  std::vector<float> parameters(size());
  const std::span<float> all(parameters);
  const std::size_t first = shape_.inputs * shape_.hidden;
  draw_weights(random, all.first(first), shape_.inputs);
  draw_weights(random, all.subspan(first + shape_.hidden, shape_.hidden * shape_.classes),
               shape_.hidden);
  return parameters;
}

void Mlp::forward(std::span<const float> parameters, const Batch& batch) {
  MOSHPIT_ASSERT(parameters.size() == size());
  MOSHPIT_ASSERT(batch.images.size() == batch.size() * shape_.inputs);
  hidden_.resize(batch.size() * shape_.hidden);
  scores_.resize(batch.size() * shape_.classes);
  work_.examples = batch.size();
  work_.parameters = parameters.data();
  work_.images = batch.images.data();
  work_.hidden = hidden_.data();
  work_.scores = scores_.data();
  kernels_.forward(work_);
}

double Mlp::loss_and_gradient(std::span<const float> parameters, const Batch& batch,
                              std::span<float> gradient) {
  MOSHPIT_ASSERT(batch.size() > 0 && gradient.size() == size());
  forward(parameters, batch);
  const float share = 1.0f / static_cast<float>(batch.size());
  double loss = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    MOSHPIT_ASSERT(batch.labels[i] < shape_.classes);
    const auto scores = std::span(scores_).subspan(i * shape_.classes, shape_.classes);
    loss += softmax_loss(scores, batch.labels[i]);
    scores[batch.labels[i]] -= 1.0f;  // the slope by a score is its probability minus the truth
    for (float& slope : scores) slope *= share;
  }
  work_.gradient = gradient.data();
  kernels_.backward(work_);
  return loss / static_cast<double>(batch.size());
}

Evaluation Mlp::evaluate(std::span<const float> parameters, const Examples& examples) {
  std::vector<std::uint32_t> all(examples.size());
  std::iota(all.begin(), all.end(), std::uint32_t{0});
  Batch batch;
  double loss = 0;
  std::size_t right = 0;
  for (std::size_t begin = 0; begin < all.size(); begin += evaluation_batch) {
    const std::size_t count = std::min(evaluation_batch, all.size() - begin);
    gather(examples, std::span(all).subspan(begin, count), batch);
    forward(parameters, batch);
    for (std::size_t i = 0; i < count; ++i) {
      const auto scores = std::span(scores_).subspan(i * shape_.classes, shape_.classes);
      const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
      right += static_cast<std::size_t>(best) == batch.labels[i];
      loss += softmax_loss(scores, batch.labels[i]);
    }
  }
  const auto count = static_cast<double>(std::max<std::size_t>(examples.size(), 1));
  return {loss / count, static_cast<double>(right) / count};
}

}  // namespace moshpit
