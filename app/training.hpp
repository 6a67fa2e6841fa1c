// Training: what a peer does between joining a run and leaving it: batches of its data, averaging
// beside them, a last evaluation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "app/interrupt.hpp"
#include "app/learner.hpp"
#include "app/output.hpp"
#include "moshpit/moshpit.hpp"

namespace moshpit {

struct TrainingOptions {
  std::string data;  // folder of IDX files; empty: digits drawn from a seed
  std::uint32_t hidden = 256;
  std::uint32_t batch = 32;
  float rate = 0.05f;  // the highest; training.cpp has the schedule
  float momentum = 0.9f;
  std::string shard = "0/1";   // which part of the training set: I/N
  std::uint32_t wait_for = 1;  // members that must be there before the first step
  std::string save;            // file for the final parameters, raw fp32
};

// The model, optimizer and data that these options describe.
Result<std::unique_ptr<Learner>> make_learner(const TrainingOptions& options);

// Trains until the run is over or an interrupt comes. Returns the program's exit code.
int train(Peer& peer, Learner& learner, const TrainingOptions& options, const Output& output,
          const Interrupt& interrupt);

}  // namespace moshpit
