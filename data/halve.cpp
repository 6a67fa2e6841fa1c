#include "data/halve.hpp"

#include "base/assert.hpp"

namespace moshpit {
namespace {

Examples halve(const Examples& examples) {
  const ImageShape& shape = examples.shape;
  Examples small{{shape.channels, shape.height / 2, shape.width / 2}, {}, examples.labels};
  small.images.reserve(examples.images.size() / 4);
  // Rows of all planes of all images follow one another.
  const std::size_t rows = examples.size() * shape.channels * shape.height;
  for (std::size_t y = 0; y < rows; y += 2) {
    for (std::size_t x = 0; x < shape.width; x += 2) {
      const std::uint8_t* corner = &examples.images[y * shape.width + x];
      const unsigned sum = corner[0] + corner[1] + corner[shape.width] + corner[shape.width + 1];
      small.images.push_back(static_cast<std::uint8_t>(sum / 4));
    }
  }
  return small;
}

}  // namespace

bool can_halve(const Dataset& dataset) {
  const ImageShape& shape = dataset.shape();
  return shape.pixels() > 0 && shape.height % 2 == 0 && shape.width % 2 == 0;
}

Dataset halve(const Dataset& dataset) {
  MOSHPIT_ASSERT(can_halve(dataset));
  return {dataset.classes, halve(dataset.train), halve(dataset.test)};
}

}  // namespace moshpit
