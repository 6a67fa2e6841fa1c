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

// What the learners of one text have in common.
struct AlbertLearners::Shared {
  std::string name;
  AlbertOptions options;
  TokenisedText train;
  std::vector<TextBatch> kept;
  std::size_t length;
  OptimizerChoice optimizer;
};

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
  AlbertLearner(std::shared_ptr<const AlbertLearners::Shared> shared, Albert network,
                TrainingPart part, std::unique_ptr<torch::optim::Optimizer> optimizer)
      : shared_(std::move(shared)),
        part_(part),
        network_(std::move(network)),
        module_(*network_, std::move(optimizer), shared_->optimizer.name != "sgd") {}

  std::string name() const override { return shared_->name; }
  TrainedModel trained(TrainingMode mode) override { return module_.trained(mode); }

  void begin(std::uint64_t seed) override {
    network_->initialise(seed);
    masked_.emplace(
        MaskedText::of(shared_->train, shared_->length, part_.peer, part_.peers, seed).value());
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
    const TextEvaluation kept = moshpit::evaluate(network_, shared_->kept);
    return {kept.loss(), kept.token_accuracy};
  }

 private:
  std::shared_ptr<const AlbertLearners::Shared> shared_;
  TrainingPart part_;
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

void compute_on_the_calling_thread() { at::set_num_threads(1); }

Result<AlbertLearners> AlbertLearners::of(std::string name, AlbertOptions options, const Text& text,
                                          std::size_t length, OptimizerChoice optimizer) {
  const SplitText parts = split(text);
  auto pieces = Vocabulary::learn(parts.train, static_cast<std::size_t>(options.vocabulary));
  if (!pieces) return pieces.error();
  options.vocabulary = static_cast<std::int64_t>(pieces->size());
  auto kept = batches_of(pieces->tokenise(parts.kept), length);
  if (!kept) return kept.error();
  const RunId digest{sha256(as_bytes(pieces->bytes()))};
  name = fmt::format("{}-{}-{}-{}", name, length, pieces->size(), digest.brief());
  AlbertLearners learners;
  learners.shared_ =
      std::make_shared<const Shared>(Shared{std::move(name), options, pieces->tokenise(parts.train),
                                            *std::move(kept), length, std::move(optimizer)});
  return learners;
}

Result<std::unique_ptr<Learner>> AlbertLearners::learner(TrainingPart part) const {
  const Shared& shared = *shared_;
  const auto possible = MaskedText::of(shared.train, shared.length, part.peer, part.peers, 0);
  if (!possible) return possible.error();
  Albert network(shared.options);
  auto optimizer = make_optimizer(*network, shared.optimizer);
  if (!optimizer) return optimizer.error();
  std::unique_ptr<Learner> learner =
      std::make_unique<AlbertLearner>(shared_, std::move(network), part, *std::move(optimizer));
  return learner;
}

Result<std::unique_ptr<Learner>> albert_learner(std::string name, AlbertOptions options,
                                                const Text& text, std::size_t length,
                                                TrainingPart part, const OptimizerChoice& choice) {
  const auto learners = AlbertLearners::of(std::move(name), options, text, length, choice);
  if (!learners) return learners.error();
  return learners->learner(part);
}

}  // namespace moshpit
