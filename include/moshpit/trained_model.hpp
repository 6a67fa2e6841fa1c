// TrainedModel: what is trained, as this library sees it: spans of floats, and one step of the
// caller's optimizer. Any framework's memory will do; nothing is copied but what travels.
// One thread: the caller's training thread.
#pragma once

#include <functional>
#include <span>

#include "moshpit/run_plan.hpp"

namespace moshpit {

// The spans stay valid and keep their lengths as long as the model is trained; all peers of a run
// have the same lengths.
struct TrainedModel {
  std::span<float> parameters;
  std::span<float> gradients;   // as long as the parameters: of the mean loss of the latest batch
  std::span<float> statistics;  // of the data, as batch normalisation keeps them; may be empty
  // What the optimizer remembers from step to step, as the moments of Adam; may be empty.
  std::span<float> optimizer_state;
  // One step of the optimizer: changes the parameters and its state by what lies in `gradients`.
  std::function<void()> optimizer_step;
};

// A plan for this model with what fits the mode: the lengths of its vectors, and how long local
// steps go on beside an averaging step. Grid, name and number of steps are the caller's.
RunPlan plan_for(const TrainedModel& model, TrainingMode mode);

}  // namespace moshpit
