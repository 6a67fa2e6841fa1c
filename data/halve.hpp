// Smaller images for experiments that have little time: each pixel is the mean of four.
#pragma once

#include "data/dataset.hpp"

namespace moshpit {

// Whether images are square, with an even number of pixels a side.
bool can_halve(const Dataset& dataset);

// The same examples at half the width and half the height. Requires: can_halve().
Dataset halve(const Dataset& dataset);

}  // namespace moshpit
