#include "train/estimates.hpp"

#include <cmath>

#include "base/assert.hpp"

namespace moshpit {
namespace {

float moved(float own, float start, float mean) {
  if (own == start) return mean;
  const bool all_above = start > 0 && own >= 0 && mean >= 0;
  const bool all_below = start < 0 && own <= 0 && mean <= 0;
  const bool shrank = std::abs(own) < std::abs(start);
  if ((all_above || all_below) && shrank) return mean * (own / start);
  return mean + (own - start);
}

}  // namespace

void apply_to_estimates(const StepOutcome& outcome, std::size_t begin,
                        std::span<const float> snapshot, std::span<float> own) {
  MOSHPIT_ASSERT(begin + own.size() <= outcome.values.size());
  MOSHPIT_ASSERT(begin + own.size() <= snapshot.size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    const std::size_t element = begin + i;
    if (outcome.chunks[element / outcome.chunk_elements] == ChunkOutcome::kept) continue;
    own[i] = moved(own[i], snapshot[element], outcome.values[element]);
  }
}

}  // namespace moshpit
