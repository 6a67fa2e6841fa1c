// moshpit experiment resnet: Moshpit SGD and what the paper compares it with, on the paper's
// devices and network in virtual time, with real gradients of a small model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/interrupt.hpp"
#include "app/output.hpp"

namespace moshpit {

struct ResNetExperiment {
  std::string cluster = "heterogeneous";
  std::string model = "mlp";         // or resnet
  std::vector<std::string> methods;  // by their words; none: those of the scale
  double passes = 0;                 // over the training set, on 16 devices; 0: those of the scale
  std::string data;                  // folder of IDX files; empty: digits drawn from a seed
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
