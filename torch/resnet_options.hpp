// What a residual network looks like. No LibTorch in here, so that whoever only chooses a network
// compiles fast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/dataset.hpp"

namespace moshpit {

struct ResNetOptions {
  std::int64_t channels = 3;  // of the image
  std::int64_t classes = 1000;
  std::int64_t width = 64;  // channels of the first stage; each next has twice as many
  std::vector<std::int64_t> blocks = {2, 2, 2, 2};  // residual blocks in each stage
  bool bottleneck = false;    // 1x1, 3x3, 1x1 with four times as many channels going out
  bool small_images = false;  // stem of one 3x3 convolution instead of 7x7, stride 2 and pooling
};

ResNetOptions resnet18(std::int64_t classes = 1000);  // 11.69 M parameters
ResNetOptions resnet34(std::int64_t classes = 1000);  // 21.80 M
ResNetOptions resnet50(std::int64_t classes = 1000);  // 25.56 M

// Three stages of one block, 16, 32 and 64 channels wide: for 28 x 28 pixels 56 million operations
// a trained sample (a multiplication and an addition are two; backward costs twice forward).
ResNetOptions small_resnet(const ImageShape& shape, std::size_t classes);

struct BlockShape {
  std::int64_t in;      // channels that come in
  std::int64_t width;   // of its 3x3 convolutions
  std::int64_t stride;  // 2: the sides of the image are halved
};

// From the image to the scores.
std::vector<BlockShape> block_shapes(const ResNetOptions& options);

// Channels that a block of this width puts out, and those of the last one.
std::int64_t channels_out(const ResNetOptions& options, std::int64_t width);
std::int64_t features(const ResNetOptions& options);

// Multiplications with their additions in the convolutions and the last layer, for one image
// forward. Training takes three times as many, and each is two operations.
double multiply_adds(const ResNetOptions& options, std::int64_t height, std::int64_t width);

}  // namespace moshpit
