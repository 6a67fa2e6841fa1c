// Values that every process knows of every member, so that each can check a mean by itself.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "moshpit/peer.hpp"

namespace moshpit {

// Within [-0.5, 0.5), of this member in this step.
std::vector<float> known_values(const PeerId& member, std::uint64_t step, std::uint64_t elements);

// The largest distance of any of the values after the first round of a step, to which all brought
// their values of `step`, to the mean of the contributors that the report of this round names; what
// was not averaged must be the member's own.
double error_of(const RoundReport& round, std::uint64_t step, std::span<const float> values);
// Of a step with one round.
double error_of(const StepOutcome& outcome);

}  // namespace moshpit
