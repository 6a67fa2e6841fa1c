// All restarts of an averaging experiment, on up to two threads. Each restart has a seed of its own
// and a place of its own in the result, so that threads change nothing but the time it takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/interrupt.hpp"
#include "app/simulate/progress_bar.hpp"
#include "experiment/averaging_plan.hpp"
#include "experiment/averaging_summary.hpp"

namespace moshpit {

// Nothing if interrupted. `title` stands before the progress bar. Requires: check(plan) is ok.
std::optional<std::vector<Curve>> run_restarts(const AveragingPlan& plan, const std::string& title,
                                               const Interrupt& interrupt);

// Only until the target is reached: after how many rounds, at least one; `rounds_max` + 1 where
// that is not enough. The bar advances with each restart. Otherwise as above.
std::optional<std::vector<std::uint32_t>> count_rounds(const AveragingPlan& plan, ProgressBar& bar,
                                                       const Interrupt& interrupt);

}  // namespace moshpit
