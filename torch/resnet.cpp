#include "torch/resnet.hpp"

#include <cmath>
#include <utility>

#include "base/random.hpp"
#include "torch/weights.hpp"

namespace moshpit {
namespace {

using torch::nn::BatchNorm2d;
using torch::nn::Conv2d;

Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t stride) {
  return Conv2d(torch::nn::Conv2dOptions(in, out, size)
                    .stride(stride)
                    .padding(size / 2)
                    .bias(false));  // the normalisation after it has one
}

// Convolutions of the given sizes, each normalised, with ReLU between them, added to the input or
// to its projection.
class BlockImpl : public torch::nn::Module {
 public:
  BlockImpl(const ResNetOptions& options, const BlockShape& shape) {
    const auto [in, width, stride] = shape;
    const std::int64_t out = channels_out(options, width);
    if (options.bottleneck) {
      add(in, width, 1, 1);
      add(width, width, 3, stride);
      add(width, out, 1, 1);
    } else {
      add(in, width, 3, stride);
      add(width, out, 3, 1);
    }
    register_module("branch", branch_);
    if (stride != 1 || in != out) {
      shortcut_->push_back(convolution(in, out, 1, stride));
      shortcut_->push_back(BatchNorm2d(out));
      register_module("shortcut", shortcut_);
    }
  }

  torch::Tensor forward(torch::Tensor x) {
    const torch::Tensor kept = shortcut_->is_empty() ? x : shortcut_->forward(x);
    return branch_->forward(x).add_(kept).relu_();
  }

 private:
  void add(std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t stride) {
    if (!branch_->is_empty()) branch_->push_back(torch::nn::ReLU(true));
    branch_->push_back(convolution(in, out, size, stride));
    branch_->push_back(BatchNorm2d(out));
  }

  torch::nn::Sequential branch_;
  torch::nn::Sequential shortcut_;
};
TORCH_MODULE(Block);

torch::nn::Sequential stem(const ResNetOptions& options) {
  torch::nn::Sequential stem;
  if (options.small_images) {
    stem->push_back(convolution(options.channels, options.width, 3, 1));
  } else {
    stem->push_back(convolution(options.channels, options.width, 7, 2));
  }
  stem->push_back(BatchNorm2d(options.width));
  stem->push_back(torch::nn::ReLU(true));
  if (!options.small_images) {
    stem->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2).padding(1)));
  }
  return stem;
}

torch::nn::Sequential stages(const ResNetOptions& options) {
  torch::nn::Sequential stages;
  for (const BlockShape& shape : block_shapes(options)) stages->push_back(Block(options, shape));
  return stages;
}

}  // namespace

ResNetImpl::ResNetImpl(const ResNetOptions& options)
    : stem_(register_module("stem", stem(options))),
      stages_(register_module("stages", stages(options))),
      scores_(register_module("scores", torch::nn::Linear(features(options), options.classes))) {}

torch::Tensor ResNetImpl::forward(torch::Tensor images) {
  const torch::Tensor features = stages_->forward(stem_->forward(std::move(images)));
  return scores_->forward(features.mean({2, 3}));
}

void ResNetImpl::initialise(std::uint64_t seed) {
  torch::NoGradGuard untracked;
  Random random(seed);
  for (const auto& module : modules(false)) {
    if (auto* convolution = module->as<torch::nn::Conv2dImpl>()) {
      const auto& weight = convolution->weight;
      const auto fan_out = static_cast<double>(weight.numel() / weight.size(1));
      draw_normal(weight, std::sqrt(2 / fan_out), random);
    } else if (auto* normalisation = module->as<torch::nn::BatchNorm2dImpl>()) {
      normalisation->reset_running_stats();
      normalisation->weight.fill_(1);
      normalisation->bias.zero_();
    }
  }
  draw_normal(scores_->weight, 1 / std::sqrt(static_cast<double>(scores_->weight.size(1))), random);
  scores_->bias.zero_();
}

void ResNetImpl::measure_statistics(torch::Tensor images) {
  torch::NoGradGuard untracked;
  const auto usual = torch::nn::BatchNormOptions(1).momentum();
  for (const auto& module : modules(false)) {
    auto* normalisation = module->as<torch::nn::BatchNorm2dImpl>();
    if (!normalisation) continue;
    normalisation->reset_running_stats();
    normalisation->options.momentum(c10::nullopt);  // the mean of all batches: this one
  }
  train();
  forward(std::move(images));
  for (const auto& module : modules(false)) {
    auto* normalisation = module->as<torch::nn::BatchNorm2dImpl>();
    if (normalisation) normalisation->options.momentum(usual);
  }
}

}  // namespace moshpit
