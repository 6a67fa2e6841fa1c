#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "moshpit/ids.hpp"
#include "torch/albert_batch.hpp"
#include "torch/learners.hpp"
#include "torch/learning_module.hpp"
#include "torch/optimizers.hpp"
#include "torch/vocabulary.hpp"

namespace moshpit {
namespace {

// One document in so many is kept for evaluation.
constexpr std::size_t kept_one_in = 20;
// Its examples: enough that the loss is known to a hundredth of a nat, and a few seconds' work.
constexpr std::size_t evaluation_batches = 16;
constexpr std::size_t evaluation_batch = 32;
// Of the run's seed no other use is made with this number: evaluation is the same for all peers.
constexpr std::uint64_t evaluation_seed = 1;

struct SplitText {
  Text train;
  Text kept;
};

SplitText split(const Text& text) {
  SplitText out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    (i % kept_one_in == kept_one_in - 1 ? out.kept : out.train).push_back(text[i]);
  }
  return out;
}

class AlbertLearner final : public Learner {
 public:
  AlbertLearner(std::string name, Albert network, TokenisedText text, std::size_t length,
                TrainingPart part, std::vector<TextBatch> kept,
                std::unique_ptr<torch::optim::Optimizer> optimizer, bool remembers_much)
      : name_(std::move(name)),
        text_(std::move(text)),
        length_(length),
        part_(part),
        kept_(std::move(kept)),
        network_(std::move(network)),
        module_(*network_, std::move(optimizer), remembers_much) {}

  std::string name() const override { return name_; }
  TrainedModel trained(TrainingMode mode) override { return module_.trained(mode); }

  void begin(std::uint64_t seed) override {
    network_->initialise(seed);
    masked_.emplace(MaskedText::of(text_, length_, part_.peer, part_.peers, seed).value());
  }

  double work(std::size_t examples, double rate) override {
    masked_->next(examples, batch_);
    network_->train();
    module_.begin_batch(rate);
    const torch::Tensor loss = loss_of(network_, batch_);
    loss.backward();
    module_.end_batch();
    return loss.item<double>();
  }

  Evaluation evaluate() override {
    module_.vectors().store();
    network_->eval();
    const TextEvaluation kept = moshpit::evaluate(network_, kept_);
    return {kept.loss(), kept.token_accuracy};
  }

 private:
  std::string name_;
  TokenisedText text_;
  std::size_t length_;
  TrainingPart part_;
  std::vector<TextBatch> kept_;
  std::optional<MaskedText> masked_;
  Albert network_;
  LearningModule module_;
  TextBatch batch_;
};

Result<std::vector<TextBatch>> batches_of(const TokenisedText& text, std::size_t length) {
  auto masked = MaskedText::of(text, length, 0, 1, evaluation_seed);
  if (!masked) return masked.error();
  std::vector<TextBatch> batches(evaluation_batches);
  for (TextBatch& batch : batches) masked->next(evaluation_batch, batch);
  return batches;
}

}  // namespace

Result<std::unique_ptr<Learner>> albert_learner(std::string name, AlbertOptions options,
                                                const Text& text, std::size_t length,
                                                TrainingPart part, const OptimizerChoice& choice) {
  const SplitText parts = split(text);
  auto pieces = Vocabulary::learn(parts.train, static_cast<std::size_t>(options.vocabulary));
  if (!pieces) return pieces.error();
  options.vocabulary = static_cast<std::int64_t>(pieces->size());
  TokenisedText train = pieces->tokenise(parts.train);
  const auto possible = MaskedText::of(train, length, part.peer, part.peers, 0);
  if (!possible) return possible.error();
  auto kept = batches_of(pieces->tokenise(parts.kept), length);
  if (!kept) return kept.error();
  Albert network(options);
  auto optimizer = make_optimizer(*network, choice);
  if (!optimizer) return optimizer.error();
  const RunId digest{sha256(as_bytes(pieces->bytes()))};
  name = fmt::format("{}-{}-{}-{}", name, length, pieces->size(), digest.brief());
  std::unique_ptr<Learner> learner = std::make_unique<AlbertLearner>(
      std::move(name), std::move(network), std::move(train), length, part, *std::move(kept),
      *std::move(optimizer), choice.name != "sgd");
  return learner;
}

}  // namespace moshpit
