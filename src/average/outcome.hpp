// What a step did to each chunk, read from the reports of its rounds. Pure.
#pragma once

#include <cstddef>

#include "moshpit/peer.hpp"
#include "moshpit/report.hpp"

namespace moshpit {

// left_out as soon as one mean that replaced the chunk lacks this peer's value: the rounds before
// it may have handed that value to others, but whether they carried it on is not known here. Work
// that is in a mean twice does less harm than work that is in none (promise R6).
ChunkOutcome outcome_of_chunk(const StepReport& report, std::size_t chunk);

}  // namespace moshpit
