#include "torch/albert_batch.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace moshpit {
namespace {

namespace functional = torch::nn::functional;

template <class Number>
torch::Tensor integers(const std::vector<Number>& numbers) {
  torch::Tensor tensor = torch::empty({static_cast<std::int64_t>(numbers.size())}, torch::kInt64);
  std::copy(numbers.begin(), numbers.end(), tensor.data_ptr<std::int64_t>());
  return tensor;
}

// Scores and what they should be: a row for each hidden token, and for each example.
struct Answers {
  torch::Tensor piece_scores, pieces, order_scores, orders;
};

Answers answer(Albert& network, const TextBatch& batch) {
  MOSHPIT_ASSERT(batch.size() > 0);
  const auto samples = static_cast<std::int64_t>(batch.size());
  const auto length = static_cast<std::int64_t>(batch.length);
  const torch::Tensor tokens = integers(batch.tokens).view({samples, length});
  const torch::Tensor segments = integers(batch.segments).view({samples, length});
  const torch::Tensor ends = integers(batch.lengths).view({samples, 1});
  const torch::Tensor padded = torch::arange(length).view({1, length}) >= ends;
  const torch::Tensor encoded = network->encoder()->forward(tokens, segments, padded);
  // Only what was hidden is compared with the vocabulary.
  const torch::Tensor hidden = encoded.flatten(0, 1).index_select(0, integers(batch.hidden));
  return {network->piece_scores(hidden), integers(batch.truth), network->order_scores(encoded),
          integers(batch.swapped)};
}

double right(const torch::Tensor& scores, const torch::Tensor& truth) {
  return scores.argmax(1).eq(truth).sum().item<double>();
}

double summed_loss(const torch::Tensor& scores, const torch::Tensor& truth) {
  const auto each = functional::CrossEntropyFuncOptions().reduction(torch::kSum);
  return functional::cross_entropy(scores, truth, each).item<double>();
}

}  // namespace

torch::Tensor loss_of(Albert& network, const TextBatch& batch) {
  const Answers answers = answer(network, batch);
  return functional::cross_entropy(answers.piece_scores, answers.pieces) +
         functional::cross_entropy(answers.order_scores, answers.orders);
}

TextEvaluation evaluate(Albert& network, std::span<const TextBatch> batches) {
  torch::NoGradGuard untracked;
  TextEvaluation sum;
  std::size_t tokens = 0;
  std::size_t examples = 0;
  for (const TextBatch& batch : batches) {
    const Answers answers = answer(network, batch);
    sum.token_loss += summed_loss(answers.piece_scores, answers.pieces);
    sum.token_accuracy += right(answers.piece_scores, answers.pieces);
    sum.order_loss += summed_loss(answers.order_scores, answers.orders);
    sum.order_accuracy += right(answers.order_scores, answers.orders);
    tokens += batch.truth.size();
    examples += batch.size();
  }
  const auto per_token = 1 / static_cast<double>(std::max<std::size_t>(tokens, 1));
  const auto per_example = 1 / static_cast<double>(std::max<std::size_t>(examples, 1));
  return {sum.token_loss * per_token, sum.token_accuracy * per_token, sum.order_loss * per_example,
          sum.order_accuracy * per_example};
}

}  // namespace moshpit
