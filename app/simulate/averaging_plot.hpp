// Error against rounds for every algorithm, as a picture (moshpit simulate averaging --plot).
#pragma once

#include <string>

#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "experiment/averaging_plan.hpp"

namespace moshpit {

// All algorithms and both placements of Moshpit, whatever the plan names. Requires: check(plan) is
// ok for all of them. Returns the exit code.
int plot_averaging(const AveragingPlan& plan, const std::string& file, const Output& output,
                   const Interrupt& interrupt);

}  // namespace moshpit
