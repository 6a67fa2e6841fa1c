// Estimates: what goes with the parameters and follows the data from batch to batch, as moments of
// an optimizer or the statistics of a normalisation. Pure.
#pragma once

#include <cstddef>
#include <span>

#include "moshpit/peer.hpp"

namespace moshpit {

// Brings estimates to the mean: assigned where they stood still since `snapshot`; what local steps
// did to an own one meanwhile is done to the mean. Where they let it shrink, as each step does to a
// momentum, the mean shrinks by the same factor, and elsewhere it moves by the same change. So a
// variance, or the second moment of Adam, never falls below zero, and what may have either sign is
// treated alike on both sides of zero. Shapes: `own` are the elements of the outcome and of the
// snapshot from `begin` on.
void apply_to_estimates(const StepOutcome& outcome, std::size_t begin,
                        std::span<const float> snapshot, std::span<float> own);

}  // namespace moshpit
