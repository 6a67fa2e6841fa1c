// A made-up data set for a demo that needs no download: ten digits written by nobody, 28 x 28 grey
// pixels. Each is a few strokes, bent, slanted, shifted, thick or thin, with stray ink and noise:
// learnable, and not by looking at single pixels. The same options give the same bytes with every
// compiler: arithmetic and square roots only, no other libm.
#pragma once

#include <cstddef>
#include <cstdint>

#include "data/dataset.hpp"

namespace moshpit {

struct DigitsOptions {
  std::size_t train = 12'000;
  std::size_t test = 2'000;
  std::uint64_t seed = 1;
};

// Classes take turns, so they are balanced. The test set does not depend on the size of the
// training set.
Dataset draw_digits(const DigitsOptions& options = {});

}  // namespace moshpit
