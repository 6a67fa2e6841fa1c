// The paper's table beside ours (moshpit simulate averaging --table).
#pragma once

#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "experiment/averaging_plan.hpp"

namespace moshpit {

// Of the plan only restarts and seed count; the paper says the rest. Returns the exit code.
int show_averaging_table(const AveragingPlan& plan, const Output& output,
                         const Interrupt& interrupt);

}  // namespace moshpit
