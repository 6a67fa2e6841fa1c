// The machine of the fleet, and AR-SGD on its peers: both make each step with the gradient of one
// whole batch, so that one process learns what either would. What a step takes is reckoned.
#pragma once

#include <cstdint>
#include <vector>

#include "experiment/albert/absences.hpp"
#include "experiment/albert/lesson.hpp"
#include "experiment/albert/loss_curve.hpp"

namespace moshpit {

// Trains in one process; seconds and dollars are left at 0.
LossCurve learn_alone(const Lesson& lesson, const LearnerSource& source, const GoOn& go_on);

// Of one step of the machine: the batch on all its devices, then a ring all-reduce among them.
double machine_step_seconds(const Fleet& fleet);
LossCurve on_machine(LossCurve learnt, const Fleet& fleet);

// When each step of AR-SGD on the peers ends, in seconds since the beginning. Everybody who is
// there makes a share of the batch that fits its speed, then a ring all-reduce over all of them.
// Whoever is taken voids the step, which begins anew with the others; whoever comes back takes part
// from the next step on. Agreeing on who is there, and the state of those who come back, cost
// nothing.
std::vector<double> all_reduce_step_ends(const Fleet& fleet, const std::vector<Absence>& absences,
                                         std::uint64_t steps);
LossCurve on_peers_all_reduced(LossCurve learnt, const Fleet& fleet,
                               const std::vector<Absence>& absences);

}  // namespace moshpit
