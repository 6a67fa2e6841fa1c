// moshpit experiment federated: peers that keep their own, one-sided data and come and go, most of
// them behind home routers, beside FedAvg with a server.
#pragma once

#include <cstdint>
#include <string>

#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "experiment/training/federated.hpp"

namespace moshpit {

struct FederatedExperiment {
  FederatedPlan plan;
  std::string data;  // folder of images; empty: digits drawn from a seed
  std::uint32_t seeds = 3;
  bool quick = false;
  std::string plot;  // SVG file; empty: nothing is drawn
  bool json = false;
};

// Returns the program's exit code.
int run_federated_experiment(FederatedExperiment options, const Output& output,
                             const Interrupt& interrupt);

}  // namespace moshpit
