#include <cstring>

#include "base/assert.hpp"
#include "moshpit/peer.hpp"

namespace moshpit {
namespace {

// Bit patterns, not values: a zero whose sign the owner changed has moved.
bool same_bits(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

}  // namespace

void apply_to_first(const StepOutcome& outcome, std::span<const float> snapshot,
                    std::span<float> carried, std::span<float> own) {
  MOSHPIT_ASSERT(own.size() == snapshot.size() && own.size() == carried.size());
  MOSHPIT_ASSERT(own.size() <= outcome.values.size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    const ChunkOutcome chunk = outcome.chunks[i / outcome.chunk_elements];
    if (chunk == ChunkOutcome::kept) continue;
    const float mean = outcome.values[i];
    const float start = chunk == ChunkOutcome::averaged ? snapshot[i] : carried[i];
    own[i] = same_bits(own[i], start) ? mean : own[i] + (mean - start);
    carried[i] = mean;
  }
}

void apply_outcome(const StepOutcome& outcome, std::span<const float> snapshot,
                   std::span<float> carried, std::span<float> own) {
  MOSHPIT_ASSERT(own.size() == outcome.values.size());
  apply_to_first(outcome, snapshot, carried, own);
}

}  // namespace moshpit
