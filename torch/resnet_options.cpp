#include "torch/resnet_options.hpp"

namespace moshpit {
namespace {

// What a bottleneck's last convolution widens by (He et al. 2016, table 1).
constexpr std::int64_t expansion = 4;

}  // namespace

ResNetOptions resnet18(std::int64_t classes) { return {.classes = classes}; }

ResNetOptions resnet34(std::int64_t classes) {
  return {.classes = classes, .blocks = {3, 4, 6, 3}};
}

ResNetOptions resnet50(std::int64_t classes) {
  return {.classes = classes, .blocks = {3, 4, 6, 3}, .bottleneck = true};
}

ResNetOptions small_resnet(const ImageShape& shape, std::size_t classes) {
  return {.channels = static_cast<std::int64_t>(shape.channels),
          .classes = static_cast<std::int64_t>(classes),
          .width = 16,
          .blocks = {1, 1, 1},
          .small_images = true};
}

std::vector<BlockShape> block_shapes(const ResNetOptions& options) {
  std::vector<BlockShape> shapes;
  std::int64_t in = options.width;
  for (std::size_t stage = 0; stage < options.blocks.size(); ++stage) {
    const std::int64_t width = options.width << stage;
    for (std::int64_t block = 0; block < options.blocks[stage]; ++block) {
      shapes.push_back({in, width, stage > 0 && block == 0 ? 2 : 1});
      in = channels_out(options, width);
    }
  }
  return shapes;
}

std::int64_t channels_out(const ResNetOptions& options, std::int64_t width) {
  return options.bottleneck ? width * expansion : width;
}

std::int64_t features(const ResNetOptions& options) {
  return channels_out(options, options.width << (options.blocks.size() - 1));
}

double multiply_adds(const ResNetOptions& options, std::int64_t height, std::int64_t width) {
  std::int64_t pixels = height * width;
  const auto halve = [&] {  // with these paddings sizes are rounded up
    height = (height + 1) / 2;
    width = (width + 1) / 2;
    pixels = height * width;
  };
  if (!options.small_images) halve();
  const std::int64_t stem_size = options.small_images ? 9 : 49;
  std::int64_t sum = pixels * stem_size * options.channels * options.width;
  if (!options.small_images) halve();
  for (const BlockShape& block : block_shapes(options)) {
    const std::int64_t inner = block.width;
    const std::int64_t out = channels_out(options, inner);
    const std::int64_t before = pixels;
    if (block.stride == 2) halve();
    if (options.bottleneck) {
      sum += before * block.in * inner + pixels * (9 * inner * inner + inner * out);
    } else {
      sum += pixels * 9 * (block.in * inner + inner * out);
    }
    if (block.stride != 1 || block.in != out) sum += pixels * block.in * out;
  }
  return static_cast<double>(sum + features(options) * options.classes);
}

}  // namespace moshpit
