// moshpit experiment kills: what the deaths of thousands of peers cost a run.
#pragma once

#include <string>

#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "experiment/training/survival.hpp"

namespace moshpit {

struct KillsExperiment {
  SurvivalPlan plan;
  std::string data;  // folder of images; empty: digits drawn from a seed
  bool json = false;
};

// Returns the program's exit code.
int run_kills_experiment(const KillsExperiment& options, const Output& output,
                         const Interrupt& interrupt);

}  // namespace moshpit
