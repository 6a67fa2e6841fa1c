#include "data/dataset.hpp"

#include "base/assert.hpp"

namespace moshpit {
namespace {

// Brings the pixels of digits and of clothes near mean 0 and deviation 1. Against plain [0, 1] this
// is worth half a point on Fashion-MNIST after 8 passes (89.3 % instead of 88.8 %).
constexpr float contrast = 2.5f / 255;
constexpr float darkness = 0.625f;

}  // namespace

void gather(const Examples& examples, std::span<const std::uint32_t> chosen, Batch& batch) {
  const std::size_t pixels = examples.pixels();
  batch.images.resize(chosen.size() * pixels);
  batch.labels.resize(chosen.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    MOSHPIT_ASSERT(chosen[i] < examples.size());
    const std::uint8_t* from = examples.images.data() + chosen[i] * pixels;
    float* to = batch.images.data() + i * pixels;
    for (std::size_t k = 0; k < pixels; ++k)
      to[k] = static_cast<float>(from[k]) * contrast - darkness;
    batch.labels[i] = examples.labels[chosen[i]];
  }
}

}  // namespace moshpit
