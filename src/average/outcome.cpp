#include "average/outcome.hpp"

namespace moshpit {

ChunkOutcome outcome_of_chunk(const StepReport& report, std::size_t chunk) {
  ChunkOutcome outcome = ChunkOutcome::kept;
  for (const RoundReport& round : report.rounds) {
    if (chunk >= round.chunks.size() || !round.chunks[chunk].averaged) continue;
    const bool contributed = round.chunks[chunk].contributors.test(round.self);
    if (!contributed) return ChunkOutcome::left_out;
    outcome = ChunkOutcome::averaged;
  }
  return outcome;
}

}  // namespace moshpit
