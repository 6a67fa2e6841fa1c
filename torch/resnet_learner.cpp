#include <utility>

#include "base/assert.hpp"
#include "data/shard.hpp"
#include "torch/learners.hpp"
#include "torch/learning_module.hpp"
#include "torch/optimizers.hpp"
#include "torch/resnet_batch.hpp"

namespace moshpit {
namespace {

class ResNetLearner final : public Learner {
 public:
  ResNetLearner(std::string name, ResNet network, Dataset data, TrainingPart part,
                std::unique_ptr<torch::optim::Optimizer> optimizer, bool remembers_much)
      : name_(std::move(name)),
        data_(std::move(data)),
        part_(part),
        network_(std::move(network)),
        module_(*network_, std::move(optimizer), remembers_much) {}

  std::string name() const override { return name_; }
  TrainedModel trained(TrainingMode mode) override { return module_.trained(mode); }

  void begin(std::uint64_t seed) override {
    network_->initialise(seed);
    shard_.emplace(data_.train.size(), part_.peer, part_.peers, seed);
  }

  double work(std::size_t examples, double rate) override {
    shard_->next(data_.train, examples, batch_);
    network_->train();
    module_.begin_batch(rate);
    const torch::Tensor loss = loss_of(network_, batch_, data_.shape());
    loss.backward();
    module_.end_batch();
    return loss.item<double>();
  }

  Evaluation evaluate() override {
    module_.vectors().store();
    return moshpit::evaluate(network_, data_.test);
  }

 private:
  std::string name_;
  Dataset data_;
  TrainingPart part_;
  std::optional<Shard> shard_;
  ResNet network_;
  LearningModule module_;
  Batch batch_;
};

}  // namespace

Result<std::unique_ptr<Learner>> resnet_learner(std::string name, const ResNetOptions& options,
                                                Dataset data, TrainingPart part,
                                                const OptimizerChoice& choice) {
  MOSHPIT_ASSERT(static_cast<std::size_t>(options.channels) == data.shape().channels);
  ResNet network(options);
  auto optimizer = make_optimizer(*network, choice);
  if (!optimizer) return optimizer.error();
  std::unique_ptr<Learner> learner =
      std::make_unique<ResNetLearner>(std::move(name), std::move(network), std::move(data), part,
                                      *std::move(optimizer), choice.name != "sgd");
  return learner;
}

}  // namespace moshpit
