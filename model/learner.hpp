// Learner: a model with its optimizer and its data, as one peer of a run trains it.
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/mlp.hpp"
#include "moshpit/trained_model.hpp"

namespace moshpit {

class Learner {
 public:
  virtual ~Learner() = default;

  // What is trained: peers that say the same have vectors of the same lengths and meanings.
  virtual std::string name() const = 0;
  // Valid as long as the learner. Collective runs need all that the optimizer remembers in the
  // state; local steps go on from the memory that each peer has.
  virtual TrainedModel trained(TrainingMode mode) = 0;

  // The parameters that every peer of a run draws alike from its seed, and the part of the data
  // that this peer draws from it.
  virtual void begin(std::uint64_t seed) = 0;
  // The gradients of the next so many examples become those of the model; answers with their loss.
  // Requires: begin() was called.
  virtual double work(std::size_t examples, double rate) = 0;
  // On data that nobody trains on.
  virtual Evaluation evaluate() = 0;
};

}  // namespace moshpit
