// Residual networks (He et al. 2016, arXiv 1512.03385): 18, 34 and 50 layers in their ImageNet
// form, and narrow ones for small images, down to about 50 million operations a trained sample.
//
// Differences from the paper: in a bottleneck the stride is in its 3x3 convolution, as in Goyal et
// al. 2017 and everywhere since (torchvision calls it v1.5). Small images have a 3x3 stem without
// pooling (section 4.2), here with projections where the shape changes instead of padded zeros.
// As every torch module it belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <torch/torch.h>

#include "torch/resnet_options.hpp"

namespace moshpit {

class ResNetImpl : public torch::nn::Module {
 public:
  explicit ResNetImpl(const ResNetOptions& options);

  // images: [samples, channels, height, width]. Answers with scores: [samples, classes].
  torch::Tensor forward(torch::Tensor images);

  // Convolutions normal with variance 2 / fan-out (He et al. 2015), the last layer with 1 / fan-in.
  // Running statistics begin anew. The same seed gives the same bytes everywhere.
  void initialise(std::uint64_t seed);

  // The running statistics become those of these images alone.
  void measure_statistics(torch::Tensor images);

 private:
  torch::nn::Sequential stem_;
  torch::nn::Sequential stages_;
  torch::nn::Linear scores_;
};
TORCH_MODULE(ResNet);

}  // namespace moshpit
