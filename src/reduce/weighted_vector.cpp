#include "reduce/weighted_vector.hpp"

#include <utility>

#include "reduce/partition.hpp"

namespace moshpit {

WeightedVector::WeightedVector(std::vector<float> initial, double weight)
    : values(std::move(initial)), weights(ChunkLayout(values.size()).count(), weight) {}

}  // namespace moshpit
