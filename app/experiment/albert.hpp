// moshpit experiment albert: one machine with all-reduce against unequal preemptible peers, in
// virtual time, with real gradients of a small ALBERT.
#pragma once

#include <cstdint>
#include <string>

#include "app/interrupt.hpp"
#include "app/output.hpp"

namespace moshpit {

struct AlbertExperiment {
  std::string data;  // file or folder of text
  std::string results = "experiment-albert";
  std::string plot;
  std::uint64_t steps = 0;  // of the optimizer; 0: as many as the scale has
  bool quick = false;
  bool json = false;
};

// Returns the program's exit code.
int run_albert_experiment(const AlbertExperiment& options, const Output& output,
                          const Interrupt& interrupt);

}  // namespace moshpit
