#include "data/halve.hpp"

#include "base/assert.hpp"

namespace moshpit {
namespace {

std::size_t side_of(std::size_t pixels) {
  std::size_t side = 0;
  while (side * side < pixels) ++side;
  return side;
}

Examples halve(const Examples& examples, std::size_t side) {
  Examples small{side * side / 4, {}, examples.labels};
  small.images.reserve(examples.images.size() / 4);
  for (std::size_t image = 0; image < examples.size(); ++image) {
    for (std::size_t y = 0; y < side; y += 2) {
      for (std::size_t x = 0; x < side; x += 2) {
        const std::uint8_t* corner = &examples.images[(image * side + y) * side + x];
        const unsigned sum = corner[0] + corner[1] + corner[side] + corner[side + 1];
        small.images.push_back(static_cast<std::uint8_t>(sum / 4));
      }
    }
  }
  return small;
}

}  // namespace

bool can_halve(const Dataset& dataset) {
  const std::size_t side = side_of(dataset.pixels);
  return side * side == dataset.pixels && side % 2 == 0 && side > 0;
}

Dataset halve(const Dataset& dataset) {
  MOSHPIT_ASSERT(can_halve(dataset));
  const std::size_t side = side_of(dataset.pixels);
  return {dataset.pixels / 4, dataset.classes, halve(dataset.train, side),
          halve(dataset.test, side)};
}

}  // namespace moshpit
