// Labelled grey images for the demo: bytes as they lie in the file, and mini-batches of floats cut
// from them. Images stay bytes until a batch needs them: 60,000 of them are 47 MB instead of 188 MB
// in every peer of one machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace moshpit {

// Image i is images[i * pixels, (i + 1) * pixels), row by row, 0 is background; its class is
// labels[i].
struct Examples {
  std::size_t pixels = 0;
  std::vector<std::uint8_t> images;
  std::vector<std::uint8_t> labels;

  std::size_t size() const { return labels.size(); }
};

struct Dataset {
  std::size_t pixels = 0;
  std::size_t classes = 0;  // every label is below
  Examples train;
  Examples test;
};

// Image by image, each pixel scaled from [0, 255] to [-0.625, 1.875].
struct Batch {
  std::vector<float> images;
  std::vector<std::uint8_t> labels;

  std::size_t size() const { return labels.size(); }
};

// Makes `batch` the chosen examples, in that order, and keeps its memory. Requires: every index <
// examples.size().
void gather(const Examples& examples, std::span<const std::uint32_t> chosen, Batch& batch);

}  // namespace moshpit
