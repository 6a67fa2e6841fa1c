// Estimates: what goes with the parameters and follows the data from batch to batch, as moments of
// an optimizer or the statistics of a normalisation. Pure.
#pragma once

#include <cstddef>
#include <span>

#include "moshpit/peer.hpp"

namespace moshpit {

// Brings estimates to the mean: assigned where they stood still since `snapshot`, and moved by the
// change where local steps moved them. An estimate that is not negative at either end, as a
// variance or the second moment of Adam, does not fall below the smaller of its own value and the
// mean: the change alone could take it below zero. Shapes: `own` are the elements of the outcome
// and of the snapshot from `begin` on.
void apply_to_estimates(const StepOutcome& outcome, std::size_t begin,
                        std::span<const float> snapshot, std::span<float> own);

}  // namespace moshpit
