// Training: what a peer does between joining a run and leaving it: batches of its data, averaging
// beside them, a last evaluation.
#pragma once

#include <cstdint>
#include <string>

#include "app/interrupt.hpp"
#include "app/learners.hpp"
#include "app/output.hpp"
#include "moshpit/moshpit.hpp"

namespace moshpit {

struct TrainingOptions {
  OwnData data;
  std::uint32_t batch = 32;
  double effort = 1;           // share of a core that the training thread takes
  std::uint32_t wait_for = 1;  // members that must be there before the first step
  std::string save;            // file for the final parameters, raw fp32
  std::string checkpoints;     // folder for checkpoints; empty: none are written
  double checkpoint_seconds = 60;
  std::size_t keep = 3;  // of them
};

// What is trained: by which learner, as the run says, and from where.
struct Assignment {
  Learner* learner = nullptr;  // null: nothing is
  RunSettings settings;
  const Checkpoint* from = nullptr;  // null: from the state of the run, or the first parameters
};

// Trains until the run is over or an interrupt comes. Returns the program's exit code.
int train(Peer& peer, const Assignment& assignment, const TrainingOptions& options,
          const Output& output, const Interrupt& interrupt);

}  // namespace moshpit
