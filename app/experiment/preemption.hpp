// moshpit experiment preemption: real processes on this machine that train together while they are
// killed, beside one process that is left alone.
#pragma once

#include <string>

#include "app/experiment/preemption_run.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"

namespace moshpit {

struct PreemptionExperiment {
  PreemptionPlan plan;
  std::uint32_t peers = 8;
  bool quick = false;
  std::string plot;  // SVG file; empty: nothing is drawn
  bool json = false;
};

// Returns the program's exit code: 1 if no peer came to the end.
int run_preemption_experiment(PreemptionExperiment options, const Output& output,
                              const Interrupt& interrupt);

}  // namespace moshpit
