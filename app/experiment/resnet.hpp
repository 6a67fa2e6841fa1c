// moshpit experiment resnet: Moshpit SGD and what the paper compares it with, on the paper's
// devices and network in virtual time, with real gradients of a small model.
#pragma once

#include <cstdint>
#include <string>

#include "app/interrupt.hpp"
#include "app/output.hpp"

namespace moshpit {

struct ResNetExperiment {
  std::string cluster = "heterogeneous";
  std::string data;  // folder of IDX files; empty: digits drawn from a seed
  std::string results = "experiment-resnet";
  std::string plot;
  std::uint64_t seeds = 3;
  bool quick = false;
  bool json = false;
};

// Returns the program's exit code.
int run_resnet_experiment(const ResNetExperiment& options, const Output& output,
                          const Interrupt& interrupt);

}  // namespace moshpit
