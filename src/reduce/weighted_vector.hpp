// WeightedVector: the vector of a step on its way through the rounds.
#pragma once

#include <cstddef>
#include <vector>

namespace moshpit {

// A member contributes values + residuals, each chunk with its weight. Where a codec rounds, the
// residuals are what has been rounded off and is still owed (error feedback): the sum of
// weight * (value + residual) over all members is kept by every round, whatever the codec (R8).
struct WeightedVector {
  std::vector<float> values;
  std::vector<double> weights;   // one a chunk (partition.hpp, ChunkLayout)
  std::vector<float> residuals;  // as many as values, or none: all are zero

  WeightedVector() = default;
  // Of this element, before any codec.
  double contribution(std::size_t element) const {
    return values[element] + (residuals.empty() ? 0.0 : double{residuals[element]});
  }

  // Every chunk starts with the caller's weight.
  WeightedVector(std::vector<float> initial, double weight);
};

}  // namespace moshpit
