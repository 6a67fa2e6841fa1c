// In moshpit-torch: the models that need LibTorch.
#include <fmt/format.h>
#include <utility>

#include "app/learners.hpp"
#include "base/assert.hpp"
#include "data/digits.hpp"
#include "data/read.hpp"
#include "torch/learners.hpp"

namespace moshpit {
namespace {

Error no_such_model(const std::string& name) {
  return Error(ErrorCode::invalid_argument,
               "There is no model '" + name +
                   "': choose mlp, resnet-small, resnet18, resnet34, resnet50, albert-tiny, "
                   "albert-base or albert-large.");
}

OptimizerChoice optimizer_of(const RunSettings& settings) {
  return {settings.optimizer, settings.momentum, settings.weight_decay};
}

// Small images keep their size in the first layer.
constexpr std::size_t small_side = 64;
// Pictures in a folder have many sizes and are brought to that of ImageNet.
constexpr ImageShape picture{3, 224, 224};

Result<ResNetOptions> resnet_of(const std::string& model, const Dataset& data) {
  const auto classes = static_cast<std::int64_t>(data.classes);
  ResNetOptions options;
  if (model == "resnet-small") return small_resnet(data.shape(), data.classes);
  if (model == "resnet18") {
    options = resnet18(classes);
  } else if (model == "resnet34") {
    options = resnet34(classes);
  } else if (model == "resnet50") {
    options = resnet50(classes);
  } else {
    return no_such_model(model);
  }
  options.channels = static_cast<std::int64_t>(data.shape().channels);
  options.small_images = data.shape().height <= small_side;
  return options;
}

Result<std::unique_ptr<Learner>> make_resnet(const RunSettings& settings, const OwnData& own) {
  auto data =
      own.folder.empty() ? Result<Dataset>(draw_digits()) : read_dataset(own.folder, picture);
  if (!data) return data.error();
  const auto part = Part::parse(own.shard, data->train.size());
  if (!part) return part.error();
  const auto options = resnet_of(settings.model, *data);
  if (!options) return options.error();
  const ImageShape shape = data->shape();
  const std::string name = fmt::format("{}-{}-{}-{}x{}x{}-{}", settings.model, settings.optimizer,
                                       data->classes, shape.channels, shape.height, shape.width,
                                       options->small_images ? "small" : "large");
  return resnet_learner(name, *options, *std::move(data), {part->peer, part->peers},
                        optimizer_of(settings));
}

Result<AlbertOptions> albert_of(const RunSettings& settings) {
  AlbertOptions options;
  if (settings.model == "albert-tiny") return albert_tiny(settings.vocabulary, settings.sequence);
  if (settings.model == "albert-base") {
    options = albert_base();
  } else if (settings.model == "albert-large") {
    options = albert_large();
  } else {
    return no_such_model(settings.model);
  }
  options.vocabulary = settings.vocabulary;
  return options;
}

Result<std::unique_ptr<Learner>> make_albert(const RunSettings& settings, const OwnData& own) {
  const auto options = albert_of(settings);
  if (!options) return options.error();
  if (own.folder.empty()) {
    return Error(ErrorCode::invalid_argument,
                 "A language model needs text: name a file or folder of it with --data.");
  }
  if (settings.sequence < 8 || settings.sequence > options->positions || settings.vocabulary < 64 ||
      settings.vocabulary > 65536) {
    return Error(ErrorCode::invalid_argument,
                 "A sequence has from 8 to 512 tokens, and a vocabulary from 64 to 65536 pieces.");
  }
  const auto text = read_text(own.folder);
  if (!text) return text.error();
  const auto part = Part::parse(own.shard, text->size());
  if (!part) return part.error();
  return albert_learner(fmt::format("{}-{}", settings.model, settings.optimizer), *options, *text,
                        settings.sequence, {part->peer, part->peers}, optimizer_of(settings));
}

// Its inner layer is four times as wide, as in the paper.
AlbertOptions options_of(const AlbertChoice& choice) {
  AlbertOptions options;
  options.vocabulary = choice.vocabulary;
  options.positions = static_cast<std::int64_t>(choice.sequence);
  options.embedding = choice.embedding;
  options.hidden = choice.hidden;
  options.layers = choice.layers;
  options.heads = 4;
  options.inner = 4 * choice.hidden;
  return options;
}

}  // namespace

bool has_torch() { return true; }

bool torch_program_is_there() { return true; }

Error become_torch_program() {
  MOSHPIT_ASSERT(false);  // it is
  return no_such_model("");
}

Result<AlbertParts> make_albert_parts(const AlbertChoice& choice, std::size_t most_parts) {
  compute_on_the_calling_thread();
  const auto text = read_text(choice.data);
  if (!text) return text.error();
  auto learners = AlbertLearners::of("albert", options_of(choice), *text, choice.sequence,
                                     {"lamb", 0, choice.weight_decay});
  if (!learners) return learners.error();
  if (const auto last = learners->learner({most_parts - 1, most_parts}); !last) return last.error();
  return AlbertParts([learners = *std::move(learners)](std::size_t part, std::size_t parts) {
    return learners.learner({part, parts}).value();
  });
}

Result<std::unique_ptr<Learner>> make_torch_learner(const RunSettings& settings,
                                                    const OwnData& data) {
  const bool text = settings.model.starts_with("albert");
  return text ? make_albert(settings, data) : make_resnet(settings, data);
}

}  // namespace moshpit
