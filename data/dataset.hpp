// Labelled images: bytes as they lie in the file, and mini-batches of floats cut from them. Images
// stay bytes until a batch needs them: 60,000 small ones are 47 MB instead of 188 MB in every peer
// of one machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace moshpit {

// Channels are planes, one after the other, each row by row.
struct ImageShape {
  std::size_t channels = 1;  // 1: grey; 3: red, green, blue
  std::size_t height = 0;
  std::size_t width = 0;

  std::size_t pixels() const { return channels * height * width; }  // bytes an image
  bool operator==(const ImageShape&) const = default;
};

using Label = std::uint16_t;  // ImageNet has a thousand

// Image i is images[i * pixels(), (i + 1) * pixels()), 0 is black; its class is labels[i].
struct Examples {
  ImageShape shape;
  std::vector<std::uint8_t> images;
  std::vector<Label> labels;

  std::size_t pixels() const { return shape.pixels(); }
  std::size_t size() const { return labels.size(); }
};

// Both parts have one shape.
struct Dataset {
  std::size_t classes = 0;  // every label is below
  Examples train;
  Examples test;

  const ImageShape& shape() const { return train.shape; }
  std::size_t pixels() const { return train.pixels(); }
};

// Image by image, each pixel scaled from [0, 255] to [-0.625, 1.875].
struct Batch {
  std::vector<float> images;
  std::vector<Label> labels;

  std::size_t size() const { return labels.size(); }
};

// Makes `batch` the chosen examples, in that order, and keeps its memory. Requires: every index <
// examples.size().
void gather(const Examples& examples, std::span<const std::uint32_t> chosen, Batch& batch);

}  // namespace moshpit
