// What an ALBERT looks like. No LibTorch in here, so that whoever only chooses a network compiles
// fast.
#pragma once

#include <cstdint>

namespace moshpit {

struct AlbertOptions {
  std::int64_t vocabulary = 30'000;
  std::int64_t positions = 512;  // the longest example
  std::int64_t embedding = 128;
  std::int64_t hidden = 768;  // a multiple of heads
  std::int64_t layers = 12;   // passes through the one layer
  std::int64_t heads = 12;
  std::int64_t inner = 3'072;  // of the feed-forward part
};

// Table 1 of the paper: 12 M and 18 M parameters without the heads.
AlbertOptions albert_base();
AlbertOptions albert_large();

// For processors: hidden 128, four layers of four heads, 0.3 M parameters and 64 more for each
// piece of the vocabulary.
AlbertOptions albert_tiny(std::int64_t vocabulary, std::int64_t positions);

}  // namespace moshpit
