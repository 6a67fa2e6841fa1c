// Survival: a swarm that trains while its peers are killed and new ones come in their places,
// against the same swarm that is left alone. Everything but the clock and the wires is real: the
// product's Participant and Training, gradients of a real model, catch-up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "data/dataset.hpp"
#include "moshpit/run_plan.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

struct SurvivalPlan {
  std::size_t peers = 64;
  std::uint64_t kills = 2000;  // spread evenly over the run; a new peer comes 2 s after each
  std::size_t batches = 1600;  // that a peer makes which lives from beginning to end
  std::size_t batch = 8;
  std::uint32_t hidden = 32;
  double rate = 0.01;  // small and constant, so that the loss still falls at the end
  TrainingMode mode = TrainingMode::moshpit_sgd;
  std::uint32_t period = 8;
  std::uint64_t seed = 1;
  Duration batch_takes = std::chrono::seconds(1);
};

struct SurvivalOutcome {
  double last_loss = 0;  // mean of the batches of the last twentieth of all samples
  std::uint64_t samples = 0;
  std::uint64_t kills = 0;
  std::uint64_t averaging_steps = 0;  // that the run has begun
  double virtual_seconds = 0;
};

// `done`: called now and then with the share that is done; ends the run if it returns false.
// Requires: at least two peers, no more than examples to train on.
SurvivalOutcome run_survival(const SurvivalPlan& plan, const Dataset& data,
                             const std::function<bool(double)>& done);

}  // namespace moshpit
